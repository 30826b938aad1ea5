"""Email by the APIs of providers: requests by `django-anymail`, answers, signed events and inbound mail read alike."""

import warnings

# An account's address for calls is a secret, which anymail cannot know; it tests SendGrid no longer, we do.
warnings.filterwarnings("ignore", message="Your Anymail webhooks are insecure")
warnings.filterwarnings("ignore", message="django-anymail has dropped official support for SendGrid")
