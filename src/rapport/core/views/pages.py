"""The decorator that guards pages: signed in, permitted, and never cached as one of its htmx partials."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from rapport.core import sql
from rapport.core.access import Actor

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def page(permission: str = "") -> Callable[[View], View]:
    """Guards a function view.

    Nobody signed in: to the sign-in page. `permission` missing: 404 when it is one of seeing
    ("people.view"), because the page's existence is not theirs to know; else 403 naming it.
    The view carries it as `view.permission`, from which a test derives who may open which page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            if not isinstance(actor, Actor):
                return _to_sign_in(request)
            if not actor.may(permission):
                if permission.endswith(".view"):
                    raise Http404
                actor.require(permission)
            return _private(_led(request, view(request, *args, **kwargs)))

        guarded.permission = permission  # type: ignore[attr-defined]
        return cast("View", guarded)

    return decorate


def exclusive(name: str = "") -> Callable[[View], View]:
    """Posts to the view are one transaction each, one after the other, per address or over all pages of that name.

    What a form compares with (`core.forms.revisions`) is then still so when it is saved.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def alone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                return view(request, *args, **kwargs)
            with transaction.atomic():
                sql.run("SELECT pg_advisory_xact_lock(hashtext('page:' || %b))", [name or request.path])
                return view(request, *args, **kwargs)

        return cast("View", alone)

    return decorate


def is_own_address(address: str) -> bool:
    """Whether it is a path of this installation, however a browser reads it."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        here = request.headers.get("HX-Current-URL", "/")
        target = redirect_to_login(here).headers["Location"]
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect_to_login(_page_of(request))


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: of a form that was sent, the one it stood on; its own address is only posted to."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    sender = urlsplit(request.headers.get("Referer", ""))
    address = urlunsplit(("", "", sender.path, sender.query, ""))
    return address if sender.netloc == request.get_host() and is_own_address(address) else "/"


def _led(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Where an answer leads, said so that whoever asked goes there.

    A redirect after a form in the side panel is said, not followed: the script sees whether it leaves the record. A
    browser without scripts does not know htmx's redirect.
    """
    is_form = request.method == "POST" and request.headers.get("HX-Target") == "panel"
    if is_form and response.status_code in {302, 303}:
        return HttpResponse(status=204, headers={"X-Panel-Location": response.headers["Location"]})
    if "HX-Redirect" in response.headers and "HX-Request" not in request.headers:
        return HttpResponseRedirect(response.headers["HX-Redirect"])
    return response


def _private(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Cache-Control", "private, no-cache")
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
