"""The web process: capture answers first and alone, everything else is Django."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()
application = django_application
