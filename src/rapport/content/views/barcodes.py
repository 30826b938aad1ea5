"""Pictures of barcodes in messages: the signed address carries what they say."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from rapport.content.services import barcodes
from rapport.core.crypto import BadSignature


@require_safe
@cache_control(private=True, max_age=31_536_000, immutable=True)
def picture(_request: HttpRequest, token: str) -> HttpResponse:
    """Only what we have signed is drawn."""
    try:
        response = HttpResponse(barcodes.picture_of(token), content_type="image/png")
    except (BadSignature, UnicodeDecodeError) as error:
        raise Http404 from error
    response.headers["X-Robots-Tag"] = "noindex"
    return response
