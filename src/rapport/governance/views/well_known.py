"""What browsers and auditors look for at fixed addresses."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

# When what Rapport does with the signal last changed.
SINCE = "2026-11-29"


@require_safe
def gpc(request: HttpRequest) -> JsonResponse:
    """Says that Global Privacy Control is honoured (the W3C's draft, section 4)."""
    return JsonResponse({"gpc": True, "lastUpdate": SINCE})
