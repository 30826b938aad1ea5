from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rapport.channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from rapport.channels import audit_words, jobs, pages, permissions
        from rapport.channels.email import adapter as email
        from rapport.channels.email.providers import adapter as providers
        from rapport.channels.webhook import adapter as webhook

        permissions.register()
        pages.register()
        audit_words.register_words()
        jobs.register()
        email.register()
        providers.register()
        webhook.register()
