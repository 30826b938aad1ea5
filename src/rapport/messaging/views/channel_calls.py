"""GET and POST /hooks/channels/<token>: what the provider of a channel account calls us with.

No session, no cookie: the address names the account, and the adapter proves that the provider calls. It is answered
when everything is kept, so that a provider repeats what we could not keep.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from rapport.channels.incoming import Call, Malformed, NotTheirs
from rapport.core import crypto
from rapport.core.clock import clock_of
from rapport.core.services import rates
from rapport.messaging.services import channel_calls

log = logging.getLogger("rapport.messaging")
MAX_BODY = 5 * 1024 * 1024
# Who guesses addresses or signatures is not heard for the rest of the minute; proved calls are never counted.
MOST_REFUSED, MINUTE = 60, 60
COUNTED = frozenset({400, 403, 404, 413})


@csrf_exempt
def called(request: HttpRequest, token: str) -> HttpResponse:
    """Reads one call and keeps what came in."""
    if request.method not in {"GET", "POST"}:
        return _refused(405, "GET or POST")
    caller, now = str(request.META.get("REMOTE_ADDR") or ""), clock_of(request).now()
    if rates.is_exceeded("channel-call", caller, limit=MOST_REFUSED, seconds=MINUTE, now=now):
        return _refused(429, "too many calls that were refused")
    answer = _answered(request, token)
    if answer.status_code in COUNTED:
        rates.exceeded("channel-call", caller, limit=MOST_REFUSED, seconds=MINUTE, now=now)
        channel_calls.note_refused(token)
    return answer


def _answered(request: HttpRequest, token: str) -> HttpResponse:
    try:
        if int(request.headers.get("content-length") or 0) > MAX_BODY:
            return _refused(413, "too large")
        answer = channel_calls.receive(token=token, call=_call(request), clock=clock_of(request))
    except (Http404, crypto.Unreadable):
        return _refused(404, "no such account")
    except NotTheirs as error:
        log.warning("a call that does not prove whose it is: %s", error)
        return _refused(403, "not proved")
    except Malformed as error:
        log.warning("a provider's call that cannot be read: %s", error)
        return _refused(400, str(error))
    except RequestDataTooBig:
        return _refused(413, "too large")
    except (UnreadablePostError, ValueError):
        return _refused(400, "the call ended early or cannot be read")
    except DatabaseError:
        log.exception("a provider's call could not be kept")
        return _refused(503, "not kept; call again")
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)


def _call(request: HttpRequest) -> Call:
    """As the provider sent it: signatures are over the public address with the query as it stood."""
    query = request.META.get("QUERY_STRING", "")
    return Call(
        request.method or "",
        f"{settings.PUBLIC_URL}{request.path}" + (f"?{query}" if query else ""),
        {name.lower(): value for name, value in request.headers.items()},
        {name: value for name, value in request.GET.items() if isinstance(value, str)},
        request.body,
        clock_of(request).now(),
    )


def _refused(status: int, words: str) -> HttpResponse:
    answer = HttpResponse(words, status=status, content_type="text/plain")
    if status == 405:
        answer["Allow"] = "GET, POST"
    if status == 429:
        answer["Retry-After"] = str(MINUTE)
    # Django would write the address into the log, and the address is the secret.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer
