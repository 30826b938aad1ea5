"""The pages themselves: the same for every unknown visitor, so that caches may keep them; personal for who is known."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from rapport.content.landing import drawing, queries, trials
from rapport.content.landing.definitions import read
from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.web import places, visitors
from rapport.content.web.models import WebForm
from rapport.content.web.public_views import CAMPAIGN, urlsplit_safe
from rapport.core.clock import SYSTEM, Clock, clock_of
from rapport.core.process_cache import kept_for
from rapport.core.services import outbox
from rapport.people.models import Person
from rapport.people.queries.recognition import person_met
from rapport.segments.queries import segments

SHARED = "public, max-age=60, stale-while-revalidate=600"
PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"
)
CLICK_IDS = ("gclid", "msclkid", "fbclid")  # those that attribution knows
KEPT_SECONDS = 30.0  # products and the look of a page that nobody is known on


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    row = queries.live_page(slug, _own_host(request))
    if row is None or row.live is None:
        return render(request, "content/landing/missing.html", status=404)
    visitor = visitor_of(request)
    person = visitors.person_of(visitor)
    unit = _unit(request, row, visitor)
    clock = clock_of(request)
    version = trials.version_for(row, person_id=person.pk if person else None, unit=unit, clock=clock)
    assert version is not None
    open_ = drawing.open_forms(read(version.definition))
    place = places.written(version.pk, unit if trials.is_tested(row) else "")
    if person is None and not visitor and not request.GET and not trials.is_tested(row):
        states = tuple(sorted((key, form.version) for key, form in open_.items()))
        language = version.language or translation.get_language() or ""
        body = _unknown(version.pk, states, row.updated_at, language)
    else:
        keys = (
            frozenset(entry.segment.key for entry in segments.segments_of(person.pk))
            if person
            else frozenset()
        )
        visit = drawing.visit_of(person, keys, visitor, parameters=request.GET, place=place)
        body = drawing.draw(row, version, open_, visit, clock.now()).encode()
    return _answer(request, body, is_shared=not visitor and not trials.is_tested(row))


@kept_for(KEPT_SECONDS)
def _unknown(
    version_id: uuid.UUID,
    _states: tuple[tuple[str, int], ...],
    _at: dt.datetime,
    _language: str,
    clock: Clock = SYSTEM,
) -> bytes:
    """What everybody else sees; another version, form, name or language is another key."""
    version = LandingVersion.objects.select_related("page").get(pk=version_id)
    open_ = drawing.open_forms(read(version.definition))
    visit = drawing.Visit(place=places.written(version_id))
    return drawing.draw(version.page, version, open_, visit, clock.now()).encode()


def _answer(request: HttpRequest, body: bytes, *, is_shared: bool) -> HttpResponse:
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    theirs = parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponseNotModified() if etag in theirs or f"W/{etag}" in theirs else HttpResponse(body)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = SHARED if is_shared else "private, no-store"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    # The tracker's cookie, by which a visitor is recognised.
    patch_vary_headers(response, "cookie".split())
    return response


def visitor_of(request: HttpRequest) -> str:
    """What the tracker calls this browser, which it only notes with consent; nothing where a signal objects."""
    given = request.GET.get("rapport_visitor", "") or request.COOKIES.get("rapport_aid", "")
    objects = request.headers.get("Sec-GPC") == "1" and request.COOKIES.get("rapport_consent") != "gpc"
    return "" if objects else given[:200]


def _unit(request: HttpRequest, row: LandingPage, visitor: str) -> str:
    address, agent = str(request.META.get("REMOTE_ADDR") or ""), request.headers.get("User-Agent", "")
    return (visitor or drawing.unit_of(row.pk, address, agent)) if trials.is_tested(row) else ""


def _own_host(request: HttpRequest) -> str:
    """The domain of landing pages that was asked; nothing under Rapport's own name."""
    host = request.get_host().partition(":")[0].lower()
    return host if host in settings.PAGE_HOSTS else ""


@require_safe
def seen(request: HttpRequest, slug: str) -> HttpResponse:
    """A picture that a browser loads with the page, and programs do not: one more view of this version."""
    response = HttpResponse(PIXEL, content_type="image/gif")
    response.headers["Cache-Control"] = "no-store"
    version = _version(request.GET.get("v", ""))
    if request.method != "GET" or version is None or version.page.slug != slug:
        return response
    visitor = request.GET.get("visitor", "")[:200] or visitor_of(request)
    person = visitors.person_of(visitor)
    unit, clock = _unit(request, version.page, visitor), clock_of(request)
    with transaction.atomic():
        LandingVersion.objects.filter(pk=version.pk).update(views=F("views") + 1)
        if forms := read(version.definition).forms:
            WebForm.objects.filter(key__in=forms).exclude(live_at=None).update(views=F("views") + 1)
        if met := person_met(visitor):
            _tell(version, met, request)
        trials.expose(
            version.page, version.version, person_id=person.pk if person else None, unit=unit, clock=clock
        )
    return response


def _version(text: str) -> LandingVersion | None:
    try:
        wanted = uuid.UUID(text)
    except ValueError:
        return None
    return LandingVersion.objects.select_related("page__experiment").filter(pk=wanted).first()


def _tell(version: LandingVersion, person: Person, request: HttpRequest) -> None:
    came_from = _brought(request.META.get("HTTP_REFERER", ""))
    properties: dict[str, Any] = {
        "page": version.page.slug,
        "page_name": version.page.name,
        "page_version": version.version,
        "url": drawing.address_of(version.page) + came_from,
    }
    outbox.emit("Page Viewed", person_id=person.pk, properties=properties, at=clock_of(request).now())


def _brought(address: str) -> str:
    """What the address that the browser shows says of campaigns and advertising networks, and nothing else of it."""
    given = dict(parse_qsl(urlsplit(address).query.replace("\0", ""))[:50]) if urlsplit_safe(address) else {}
    kept = {name: given[name][:200] for name in (*CAMPAIGN, *CLICK_IDS) if given.get(name)}
    return f"?{urlencode(kept, quote_via=quote)}" if kept else ""


@require_safe
def look(_request: HttpRequest) -> HttpResponse:
    """The brand's colours, fonts and corners. The address changes with them."""
    values = drawing.look().values
    rules = (
        f":root{{--brand-text:{values['text']};--brand-tint:{values['background']};--band:{values['primary']};"
        f"--on-band:{values['on_primary']};--radius:{values['radius']};--font:{values['font']};{drawing.accents(values['primary'])}}}"
    )
    response = HttpResponse(rules, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def sitemap(_request: HttpRequest) -> HttpResponse:
    """The pages that are meant to be found."""
    context = {"pages": [(drawing.address_of(row), row.live_at) for row in queries.sitemap()]}
    response = render(_request, "content/landing/sitemap.xml", context, content_type="application/xml")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
