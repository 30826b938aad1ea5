"""Middleware that puts the actor on the request, so that views pass it on explicitly."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.request import split_domain_port
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rapport.core import access
from rapport.core.models import User
from rapport.core.plain_text import shown

# U+202A to U+202E and U+2066 to U+2069 in UTF-8.
_TURNING = re.compile(rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])")
_NUL = re.compile(r"\(0x00\)|\\u0000")  # in a text, in a document


class HostMiddleware:
    """Answers only under the names and ports that are ours: Django itself does not look at the port."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _host, port = split_domain_port(request.get_host())
        if port and port not in settings.ALLOWED_PORTS and port != request.META.get("SERVER_PORT"):
            raise DisallowedHost(
                f"The port {port} is not one of RAPPORT_PUBLIC_URL and RAPPORT_ALLOWED_HOSTS."
            )
        return self.get_response(request)


class StorableMiddleware:
    """Answers 400, not 500, where a request holds what no text in PostgreSQL can: a NUL character.

    Forms refuse it beside the field. This is for what comes past them: hidden fields, addresses, uploaded JSON.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DataError) or not _NUL.search(str(exception)):
            return None
        return HttpResponseBadRequest(_("This holds a character that cannot be stored (NUL)."), "text/plain")


class MethodMiddleware:
    """A page, not an empty answer, where a browser opens the address that a form is sent to (405)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code != 405 or "text/html" not in request.headers.get("Accept", ""):
            return answer
        return render(request, "405.html", status=405) if not answer.content else answer


class UnturnedMiddleware:
    """Shows on pages what would turn text around (⟨U+202E⟩), whoever said it: events are kept as they came."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        is_page = not answer.streaming and answer.get("Content-Type", "").startswith("text/html")
        if is_page and _TURNING.search(answer.content):
            answer.content = shown(answer.content.decode()).encode()
            if answer.has_header("Content-Length"):
                answer["Content-Length"] = str(len(answer.content))
        return answer


class ActorMiddleware:
    """Sets `request.actor` for a signed-in user and their time zone for rendering."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_active:
            request.actor = access.for_user(user)  # type: ignore[attr-defined]
            self._activate_zone(user)
            if translation.check_for_language(user.locale):
                translation.activate(user.locale)
                request.LANGUAGE_CODE = translation.get_language() or user.locale
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    @staticmethod
    def _activate_zone(user: User) -> None:
        from rapport.core.queries import workspace

        try:
            timezone.activate(ZoneInfo(user.time_zone or workspace().time_zone))
        except (ZoneInfoNotFoundError, ValueError):
            timezone.deactivate()
