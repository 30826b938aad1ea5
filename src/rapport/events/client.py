"""Calls of browsers and apps other than events: which source they come from, and whom they are about.

They carry the source's write key and the visitor's `anonymousId`, which this browser or app chose. A `userId` alone
proves nothing in a public source: it counts with a `userToken` (see `user_tokens`), or from a source with a secret key.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from rapport.core.clock import clock_of
from rapport.core.crypto import BadSignature
from rapport.core.services import rates
from rapport.events import queries
from rapport.events.models import Source
from rapport.events.services import user_tokens
from rapport.people.models import Person
from rapport.people.normalise import normalise
from rapport.people.queries import named_by, survivor_of
from rapport.people.queries.recognition import person_recognised
from rapport.people.services import changes, identity

MAX_BODY = 16 * 1024
ATTEMPTS = 3
MINUTE = 60
P = ParamSpec("P")


class Refused(Exception):
    """The call is not answered; `code` is a word for programs."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after


@dataclass(frozen=True, slots=True)
class ClientCall:
    """One call; `user_id` is proven."""

    source: Source
    data: dict[str, Any]
    anonymous_id: str
    user_id: str
    now: dt.datetime

    def text(self, name: str, longest: int = 200) -> str:
        """A text of the body, or nothing. Raises Refused."""
        value = self.data.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > longest or "\0" in value:
            raise Refused(422, "invalid", f"{name} must be a text of at most {longest} characters.")
        return value.strip()

    @property
    def identifiers(self) -> list[identity.Identifier]:
        """Normalised, strongest first; empty when the call is about nobody."""
        given = (("user_id", self.user_id), ("anonymous_id", self.anonymous_id))
        return [(kind, value) for kind, raw in given if raw and (value := normalise(kind, raw))]

    def person(self) -> uuid.UUID | None:
        """Whom the call is about, if they are met before."""
        for identifier in self.identifiers:
            if persons := named_by([identifier]):
                return next(iter(survivor_of(persons).values()), None)
        return None

    def recognised(self) -> Person | None:
        """Whose record may be opened: the proven user's, or what the anonymous id alone opens."""
        value = normalise("user_id", self.user_id) if self.user_id else None
        if value and (persons := named_by([("user_id", value)])):
            survivor = next(iter(survivor_of(persons).values()), None)
            return Person.objects.filter(pk__in=[survivor], erased_at=None, restricted_at=None).first()
        return person_recognised(self.anonymous_id)

    def recognised_person(self) -> uuid.UUID | None:
        """Their id."""
        person = self.recognised()
        return person.pk if person else None

    def proven_person(self) -> uuid.UUID:
        """The person of the proven user. Raises Refused: nobody else may look."""
        value = normalise("user_id", self.user_id) if self.user_id else None
        if not value:
            raise Refused(401, "user_token_needed", "Give a userToken signed with the source's secret.")
        persons = named_by([("user_id", value)])
        survivor = next(iter(survivor_of(persons).values()), None)
        if survivor is None:
            raise Refused(404, "unknown_user", "Nothing is on record for this user yet.")
        return survivor

    def met_person(self) -> uuid.UUID:
        """Whom the call is about, made if need be, as an event would. Raises Refused."""
        if not self.identifiers:
            raise Refused(422, "nobody", "Give an anonymousId, or a userId with its userToken.")
        for attempt in range(ATTEMPTS):
            try:
                return self._resolved()
            except identity.Raced:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    @transaction.atomic
    def _resolved(self) -> uuid.UUID:
        sighting = identity.Sighting(
            self.identifiers, self.now, str(uuid.uuid4()), self.source.name, public=self.source.is_public
        )
        resolution = identity.resolve([sighting])
        changes.mark_changed(resolution.created | resolution.changed)
        if sighting.person_id is None:
            raise Refused(422, "nobody", "The ids given identify nobody.")
        return sighting.person_id


def read(request: HttpRequest) -> ClientCall:
    """The call in a request. Raises Refused."""
    data = body_of(request)
    key = _basic_user(request) or str(data.get("writeKey") or "")
    source = queries.source_of_key(key) if key and "\0" not in key else None
    if source is None:
        raise Refused(401, "invalid_write_key", "Give a valid write key.")
    origin, allowed = request.headers.get("Origin", ""), source.allowed_origins
    if origin and allowed and "*" not in allowed and origin not in allowed:
        raise Refused(403, "origin_not_allowed", f"{origin} is not an allowed origin of this source.")
    now = clock_of(request).now()
    user_id = "" if source.is_public else _id(data, "userId")
    if token := data.get("userToken") or _bearer(request):
        try:
            user_id = user_tokens.user_id(source, str(token), now)
        except user_tokens.Invalid as error:
            raise Refused(401, "invalid_user_token", f"{error}.") from error
    return ClientCall(source, data, _id(data, "anonymousId"), user_id, now)


def _id(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return str(value)[:254] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def client_view(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view that pages of any origin and apps may call, without cookies. Refused and bad signatures are answered."""

    @csrf_exempt  # no cookie is read: the write key and signed tokens are the authority
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Max-Age"] = "86400"
        else:
            try:
                _count(request)
                response = view(request, *args, **kwargs)
            except Refused as refusal:
                response = problem(refusal.status, refusal.code, str(refusal))
                if refusal.retry_after:
                    response["Retry-After"] = str(refusal.retry_after)
            except BadSignature:
                response = problem(404, "not_found", "There is nothing of this token.")
        response.headers.setdefault("Cache-Control", "no-store, private")
        response["X-Robots-Tag"] = "noindex"
        if origin := request.headers.get("Origin"):
            response["Access-Control-Allow-Origin"] = origin
            response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
            response["Access-Control-Allow-Headers"] = "authorization, content-type"
            response["Access-Control-Expose-Headers"] = "retry-after"
            response["Vary"] = "Origin"
        return response

    return guarded


def _count(request: HttpRequest) -> None:
    """Refuses an address that calls too often, whatever it asks for. Raises Refused."""
    limit, now = settings.CLIENT_PER_MINUTE, clock_of(request).now()
    address = str(request.META.get("REMOTE_ADDR") or "")
    if limit and rates.exceeded("client", address, limit=limit, seconds=MINUTE, now=now):
        wait = rates.wait(seconds=MINUTE, now=now)
        raise Refused(
            429, "too_many", f"More than {limit} calls in a minute; try again later.", retry_after=wait
        )


def problem(status: int, code: str, message: str) -> HttpResponse:
    """In the form of capture's own answers."""
    return JsonResponse({"success": False, "code": code, "message": message}, status=status)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The query of a GET, the JSON body of a POST, of whatever type it calls itself: text/plain needs no preflight.

    Raises Refused.
    """
    if request.method in {"GET", "HEAD"}:
        return request.GET.dict()
    if int(request.headers.get("Content-Length") or 0) > MAX_BODY or len(request.body) > MAX_BODY:
        raise Refused(413, "too_large", f"The body is larger than {MAX_BODY} bytes.")
    try:
        data = json.loads(request.body)
        json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Refused(422, "invalid", "Half a character (a lone surrogate) is no text.") from error
    except (ValueError, RecursionError) as error:
        raise Refused(400, "invalid_json", f"The body is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise Refused(400, "invalid_json", "The body is no JSON object.")
    return data


def _bearer(request: HttpRequest) -> str:
    """A user token in the Authorization header, where no log keeps it."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _basic_user(request: HttpRequest) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
