"""POST /in/<token>. It answers 200 when the payload is on disk, and says clearly why not."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from rapport.core.clock import clock_of
from rapport.events.services.wire import Refusal
from rapport.transfers.feeds.services.receiving import MAX_BODY, receive


@csrf_exempt
def inbound(request: HttpRequest, token: str) -> HttpResponse:
    """Takes one delivery. No session, no cookie: who calls is proved by the address and the signature."""
    if request.method != "POST":
        answer = _refused(Refusal(405, "post_only", "Send deliveries here by POST."))
        answer["Allow"] = "POST"
        return answer
    try:
        if int(request.headers.get("content-length") or 0) > MAX_BODY:
            raise Refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes.")
        number = receive(token, request.body, request.headers, clock_of(request).now())
    except Refusal as error:
        return _refused(error)
    except RequestDataTooBig:
        return _refused(Refusal(413, "too_large", f"The body is larger than {MAX_BODY} bytes."))
    except (UnreadablePostError, ValueError):
        return _refused(Refusal(400, "incomplete", "The body ended early."))
    except DatabaseError:
        return _refused(Refusal(503, "unavailable", "Nothing was stored; send it again.", 5))
    return JsonResponse({"received": number})


def _refused(error: Refusal) -> HttpResponse:
    answer = JsonResponse({"error": {"code": error.code, "message": str(error)}}, status=error.status)
    if error.retry_after:
        answer["Retry-After"] = str(error.retry_after)
    # Django would write the address into the log, and the address is the secret.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
