"""The REST API at /api/v1: the routers that apps registered, composed."""

from __future__ import annotations

from importlib import import_module

from django.urls import URLPattern, URLResolver, path, re_path

from rapport.core.api import RapportAPI
from rapport.core.api.root import not_found
from rapport.core.registry import API_ROUTERS

api = RapportAPI(
    title="Rapport",
    version="1",
    description="Everything a person may do in Rapport, for programs. Errors are RFC 9457 problems.",
    urls_namespace="api",
)
for router in API_ROUTERS:
    api.add_router(router.prefix, import_module(router.module).router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", api.urls),
    re_path("", not_found),
]
