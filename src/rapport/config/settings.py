"""Django settings. Every name that a person may set is described in docs/reference/settings.md."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.http.request import split_domain_port

from rapport.config import databases, env

PACKAGE = Path(__file__).resolve().parent.parent

DATA = env.data_folder()
_secrets = env.load_secrets(DATA)
SECRET_KEY = _secrets["secret_key"]
SIGNING_KEY = _secrets["signing_key"]
SUPPRESSION_KEY = _secrets["suppression_key"]
ENCRYPTION_KEY = _secrets["encryption_key"]

DEBUG = env.boolean("RAPPORT_DEBUG", False)
PUBLIC_URL = env.text("RAPPORT_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
_https = PUBLIC_URL.startswith("https://")
_hosts = [
    split_domain_port(host)
    for host in [
        *env.words("RAPPORT_ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]"),
        PUBLIC_URL.split("://", 1)[1].split("/")[0],
    ]
]
# Domains under which there are landing pages only
PAGE_HOSTS = frozenset(name.lower() for name in env.words("RAPPORT_PAGE_HOSTS", ""))
ALLOWED_HOSTS = [*(name for name, _port in _hosts), *sorted(PAGE_HOSTS)]
ALLOWED_PORTS = {port for _name, port in _hosts if port}  # beside the one that this process listens on
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# The event pipeline
EVENT_PARTITIONS = env.integer("RAPPORT_EVENT_PARTITIONS", 1)
PROJECTORS = env.integer("RAPPORT_PROJECTORS", 1)
NATS_URL = env.text("NATS_URL", "")
NATS_CREDENTIALS = env.text("NATS_CREDENTIALS", "")
NATS_PREFIX = env.text("NATS_PREFIX", "rapport")
NATS_REPLICAS = env.integer("NATS_REPLICAS", 0)
NATS_MAX_BYTES = env.integer("NATS_MAX_BYTES", 4 * 1024**3)
NATS_MONITOR_URL = env.text("NATS_MONITOR_URL", "")
EVENT_BACKLOG = env.integer("RAPPORT_EVENT_BACKLOG", 20_000_000)
SQUASH_AFTER_DAYS = env.integer("RAPPORT_SQUASH_AFTER_DAYS", 30)
SQUASH_LEAST = env.integer("RAPPORT_SQUASH_LEAST", 1_000)
# How long opens and clicks wait for what may still show who made them, in seconds.
JUDGE_AFTER = env.integer("RAPPORT_JUDGE_AFTER", 30)
NETWORKS = env.text("RAPPORT_NETWORKS", "")
SMTP_URL = env.text("RAPPORT_SMTP_URL", "")
SMTP_CONNECTIONS = env.integer("RAPPORT_SMTP_CONNECTIONS", 20)
DNS_SERVER = env.text("RAPPORT_DNS", "")
# Hosts and networks inside that webhooks and connectors may reach all the same.
OUTBOUND_ALLOW = env.words("RAPPORT_OUTBOUND_ALLOW")
POST_FONTS = env.words("RAPPORT_POST_FONTS")
# Origins of push services besides those of the makers of browsers.
PUSH_SERVICES = env.words("RAPPORT_PUSH_SERVICES")
DEMO = env.boolean("RAPPORT_DEMO", False)
# What a restored state must not forget, outside of what is backed up.
JOURNAL = env.journal_folder()
# How often programs and browsers may ask, a minute
MESSAGES_PER_MINUTE = env.integer("RAPPORT_MESSAGES_PER_MINUTE", 600)
CLIENT_PER_MINUTE = env.integer("RAPPORT_CLIENT_PER_MINUTE", 300)
INBOUND_MB_PER_MESSAGE = env.integer("RAPPORT_INBOUND_MB_PER_MESSAGE", 10)
INBOUND_MB_PER_DAY = env.integer("RAPPORT_INBOUND_MB_PER_DAY", 1024)
PREFERENCES_DAYS = env.integer("RAPPORT_PREFERENCES_DAYS", 365)
CONFIRMATIONS_PER_HOUR = env.integer("RAPPORT_CONFIRMATIONS_PER_HOUR", 300)
# For how many days what is over is kept; 0: for good
INBOX_DAYS = env.integer("RAPPORT_INBOX_DAYS", 365)
DEVICE_DAYS = env.integer("RAPPORT_DEVICE_DAYS", 90)
RECEIVED_DAYS = env.integer("RAPPORT_RECEIVED_DAYS", 90)
MAIL_DAYS = env.integer("RAPPORT_MAIL_DAYS", 180)
WEBHOOK_DAYS = env.integer("RAPPORT_WEBHOOK_DAYS", 30)
WEBHOOK_QUEUE = env.integer("RAPPORT_WEBHOOK_QUEUE", 100_000)
JOURNAL_DAYS = env.integer("RAPPORT_JOURNAL_DAYS", 90)

DATABASES = databases.postgres(DATA, _secrets)
CLICKHOUSE_URL = databases.clickhouse_url(DATA, _secrets)
CLICKHOUSE_CLUSTER = env.text("CLICKHOUSE_CLUSTER", "")
CLICKHOUSE_KEEPER = env.boolean("CLICKHOUSE_KEEPER", True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "rapport.core",
    "rapport.people",
    "rapport.governance",
    "rapport.events",
    "rapport.transfers",
    "rapport.quality",
    "rapport.segments",
    "rapport.channels",
    "rapport.commerce",
    "rapport.experiments",
    "rapport.content",
    "rapport.messaging",
    "rapport.campaigns",
    "rapport.journeys",
    "rapport.promotions",
    "rapport.loyalty",
    "rapport.portal",
    "rapport.insights",
    "rapport.integrations",
    "rapport.connectors",
    "rapport.config",
]
# Apps that may stay out; `core.startup` names any other that lies on disk and is not above.
OPTIONAL_APPS = ["rapport.demo"]
if DEMO:
    INSTALLED_APPS += OPTIONAL_APPS

MIDDLEWARE = [
    "rapport.core.views.middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rapport.content.landing.hosts.PageHostMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "rapport.core.views.middleware.ActorMiddleware",
    "rapport.core.views.middleware.MethodMiddleware",
    "rapport.core.views.middleware.StorableMiddleware",
    "rapport.core.views.middleware.UnturnedMiddleware",
]

ROOT_URLCONF = "rapport.config.urls"
ASGI_APPLICATION = "rapport.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "core" / "templates"],  # before allauth's, whose pages we dress
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rapport.core.views.context.frame",
            ],
            "builtins": ["rapport.core.templatetags.ui", "rapport.core.templatetags.live"],
        },
    }
]

# Sign-in
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "rapport.core.services.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {  # see core.services.accounts for what the keys are
    "login_failed": "10/m/ip,5/5m/key",
    "login_failed_anywhere": "100/h/key",
    "login_failed_known_device": "10/5m/key",
}
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _https
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "rapport_session"
CSRF_COOKIE_NAME = "rapport_csrf"
CSRF_COOKIE_HTTPONLY = False  # htmx sends the token in a header
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "core_cache",
        # Django's own limit of 300 would let whoever tries many names push the counts of the others out.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}

# Headers
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_SSL_REDIRECT = env.boolean("RAPPORT_SSL_REDIRECT", False)
SECURE_HSTS_SECONDS = 31536000 if _https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "https:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
    },
}

# Language and time
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [PACKAGE / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "rapport.core.static_files.Fingerprinted"},
}
# Before `rapport migrate` has collected them (tests, development), files come from the apps themselves.
WHITENOISE_USE_FINDERS = not (DATA / "static").exists()
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = DATA / "files"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# The user model is unique by lower(email), which these checks do not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("RAPPORT_LOG_LEVEL", "WARNING")},
    "loggers": {
        "rapport": {"level": env.text("RAPPORT_LOG_LEVEL", "INFO")},
        # They write down addresses and headers of requests, and both can hold the secret of a provider's account.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
