"""Authentication of the REST API: `Authorization: Bearer rk_…`."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from rapport.core import access
from rapport.core.models import ApiKey
from rapport.core.services import keys


class BearerKey(HttpBearer):
    """Checks the key once per request and puts its actor on `request.actor`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        key: ApiKey | None = getattr(request, "api_key", None)
        if key is None:
            key = keys.authenticate(token.strip())
        if key is not None:
            request.api_key = key  # type: ignore[attr-defined]
            request.actor = access.for_key(key)  # type: ignore[attr-defined]
        return key
