"""The REST API at /api/v1: the routers of the apps, composed."""

from __future__ import annotations

from importlib import import_module, util

from django.urls import URLPattern, URLResolver, path, re_path

from rapport.core.api import RapportAPI
from rapport.core.api.root import not_found

# An app whose resources hang below those of another (the consents of a person) has the prefix "".
ROUTERS = [
    ("/people", "rapport.people.api"),
    ("", "rapport.people.api_identity"),
    ("/companies", "rapport.people.api.companies"),
    ("/traits", "rapport.people.api.traits"),
    ("", "rapport.people.api.relationships"),
    ("", "rapport.people.matching.api"),
    ("/imports", "rapport.people.imports.api"),
    ("/exports", "rapport.people.exports.api"),
    ("", "rapport.governance.api"),
    ("", "rapport.events.api"),
    ("", "rapport.events.catalogue.api"),
    ("", "rapport.integrations.api"),
    ("/quality", "rapport.insights.quality.api"),
    ("/segments", "rapport.segments.api"),
    ("/computed-traits", "rapport.segments.computed.api"),
    ("/lifecycle", "rapport.segments.lifecycle.api"),
    ("/templates", "rapport.content.api"),
    ("/campaigns", "rapport.campaigns.api"),
]

api = RapportAPI(
    title="Rapport",
    version="1",
    description="Everything a person may do in Rapport, for programs. Errors are RFC 9457 problems.",
    urls_namespace="api",
)
for prefix, module in ROUTERS:
    if util.find_spec(module) is not None:
        api.add_router(prefix, import_module(module).router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", api.urls),
    re_path("", not_found),
]
