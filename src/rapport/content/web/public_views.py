"""The pages of a form: shown to anybody, sent without a script, a cookie or a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db.models import F
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.utils import translation
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from rapport.content.services.links import safe_url
from rapport.content.web import answers, definitions, drawing, places, queries, spam, submitting, visitors
from rapport.content.web.models import WebForm
from rapport.core.clock import clock_of
from rapport.core.queries import workspace
from rapport.core.services import scripts
from rapport.core.views.scripts import encoding_of, script_answer

SCRIPT = Path(__file__).resolve().parent.parent / "static" / "content" / "forms-embed.js"
MOST_BYTES = 12 * 1024 * 1024
CAMPAIGN = {
    "utm_source": "source", "utm_medium": "medium", "utm_campaign": "name",
    "utm_term": "term", "utm_content": "content",
}  # fmt: skip


@csrf_exempt  # no cookie or session is read: whoever sends this acts for nobody who is signed in
@require_http_methods(["GET", "HEAD", "POST"])
def form_page(request: HttpRequest, key: str) -> HttpResponse:
    form = queries.live_form(key)
    if form is None:
        return _page(request, "content/web/closed.html", {}, 404)
    if request.method == "POST":
        return _sent(request, form)
    if request.GET.get("sent"):
        return _thanks(request, form, _language(request, form, request.GET.get("language", "")))
    if request.method == "GET":
        WebForm.objects.filter(pk=form.pk).update(views=F("views") + 1)
    visitor = request.GET.get("rapport_visitor", "")[:200]
    language = _language(request, form, request.GET.get("language", ""))
    fields = drawing.Filled(parameters=request.GET, visitor=visitor, recorded=visitors.known_traits(visitor))
    return _form(request, form, language, fields, 200)


def _sent(request: HttpRequest, form: WebForm) -> HttpResponse:
    try:
        if int(request.headers.get("content-length") or 0) > MOST_BYTES:
            return _refused(request, 413, _("This is too large to be sent."))
        post = request.POST
    except (SuspiciousOperation, BadRequest, MultiPartParserError, UnreadablePostError, ValueError):
        return _refused(request, 413, _("This is too large to be sent, or came only in part."))
    now, token = clock_of(request).now(), post.get("rapport_token", "")[:200]
    pressure = spam.pressure(form.key, str(request.META.get("REMOTE_ADDR") or ""), now)
    if pressure == "stop":
        return _refused(
            request, 429, _("Too many answers come from your network. Please try again in ten minutes.")
        )
    visitor = post.get("rapport_visitor", "")[:200].strip()
    # A page that says none shows the form's own words, whatever the browser prefers.
    language = _language(request, form, post.get("rapport_language", "") or form.language)
    texts = drawing.shown(form, language)
    with translation.override(language or translation.get_language()):
        given = answers.read(texts, post, request.FILES, visitors.known_traits(visitor))
    filled = drawing.Filled(given.typed, given.errors, post, visitor, visitors.known_traits(visitor))
    filled.has_changed = submitting.agreed_to_another(form, post.get("rapport_version", ""), given.consents)
    if given.errors or filled.has_changed:
        filled.lost_files = bool(given.files)
        return _form(request, form, language, filled, 422)
    reasons = spam.reasons(token_sent=token, honeypot=post.get(spam.HONEYPOT, ""), now=now)
    if post.get("rapport_again") and "quick" in reasons:  # the page that asks for work was made a moment ago
        reasons.remove("quick")
    if pressure == "work" and not spam.has_paid(token, post.get("rapport_work", ""), now):
        if not post.get("rapport_again"):
            filled.again, filled.lost_files = True, bool(given.files)
            return _form(request, form, language, filled, 429)
        reasons.append("work")
    arrival = _arrival(request, token if spam.is_fresh(token, now) else "", visitor, language)
    submitting.take(form=form, answers=given, arrival=arrival, reasons=reasons, clock=clock_of(request))
    return _after(request, form, texts, language)


def _arrival(request: HttpRequest, token: str, visitor: str, language: str) -> submitting.Arrival:
    post = request.POST
    page = post.get("rapport_page", "") or request.headers.get("Referer", "")
    brought = _parameters(page) if urlsplit_safe(page) else {}
    campaign = tuple(
        (name, text[:200])
        for parameter, name in CAMPAIGN.items()
        if (text := post.get(parameter) or brought.get(parameter))
    )
    landing, unit = places.read(post.get("rapport_place", "")[:500])
    return submitting.Arrival(
        token=token,
        visitor=visitor,
        network=spam.network(str(request.META.get("REMOTE_ADDR") or "")),
        language=language,
        page=page.replace("\0", "")[:1000] if urlsplit_safe(page) else "",
        agent=request.headers.get("User-Agent", ""),
        campaign=campaign,
        landing=landing,
        unit=visitor or unit if landing else "",
    )


def _parameters(page: str) -> dict[str, str]:
    """What the address of the page says of campaigns: pages that caches keep cannot put it into their forms."""
    return dict(parse_qsl(urlsplit(page).query.replace("\0", ""))[:50])


def urlsplit_safe(address: str) -> bool:
    """Whether it is a web address at all; what a page says of itself may be anything."""
    try:
        return urlsplit(address).scheme in {"http", "https"}
    except ValueError:
        return False


def _after(request: HttpRequest, form: WebForm, texts: definitions.Definition, language: str) -> HttpResponse:
    """Where the form itself says; or the thanks, at an address whose reload sends nothing again."""
    embedded = bool(request.POST.get("rapport_embed"))
    if texts.redirect and not embedded:
        response = HttpResponse(status=303, headers={"Location": iri_to_uri(_in_ascii(texts.redirect))})
    else:
        embed = "&embed=1" if embedded else ""
        response = HttpResponse(status=303, headers={"Location": f"?sent=1{embed}&language={language}"})
    return _open(response, texts.redirect)


def _thanks(request: HttpRequest, form: WebForm, language: str) -> HttpResponse:
    texts = drawing.shown(form, language)
    context = {
        "form": texts, "embedded": bool(request.GET.get("embed")), "key": form.key,
        # Of everybody who signs up: whether somebody has unsubscribed is nobody else's business.
        "may_confirm": any("email" in consent.channels for consent in texts.consents),
    }  # fmt: skip
    with translation.override(language or translation.get_language()):
        return _page(request, "content/web/thanks.html", context, 200)


def _form(
    request: HttpRequest, form: WebForm, language: str, filled: drawing.Filled, status: int
) -> HttpResponse:
    embedded = bool(request.GET.get("embed") or request.POST.get("rapport_embed"))
    with translation.override(language or translation.get_language()):
        drawn = drawing.draw(form, language, filled, clock_of(request).now(), embedded=embedded)
        response = _page(request, "content/web/form.html", {"drawn": drawn, "embedded": embedded}, status)
    return _open(response, drawn.redirect)


def _refused(request: HttpRequest, status: int, why: str) -> HttpResponse:
    response = _page(request, "content/web/closed.html", {"why": why}, status)
    if status == 429:
        response["Retry-After"] = str(spam.SPAN)
    return response


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, template, {"workspace": workspace(), **context}, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return _open(response, "")


def _open(response: HttpResponse, redirect: str) -> HttpResponse:
    """Other sites may frame it: there is nobody signed in whose click could be stolen."""
    response.xframe_options_exempt = True
    update: dict[str, Any] = {"frame-ancestors": ["*"]}
    if redirect.startswith("http"):  # browsers apply form-action to where a form's answer leads, too
        target = urlsplit(_in_ascii(redirect))
        update["form-action"] = [f"{target.scheme}://{target.netloc}"]
    response._csp_update = update  # type: ignore[attr-defined]  # what csp_update sets
    return response


def _in_ascii(address: str) -> str:
    """As it goes over the wire: the name of the host in A-labels, other letters percent-encoded."""
    return safe_url(address) if address.startswith("http") else address


def _language(request: HttpRequest, form: WebForm, wanted: str) -> str:
    """The form's own language, or the one of its translations that is asked for or that the browser prefers."""
    if wanted in form.translations or wanted == form.language:
        return wanted
    preferred = translation.get_language_from_request(request)
    for tag in (preferred, preferred.split("-")[0]):
        if tag in form.translations or tag == form.language:
            return tag
    return form.language


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """What a page loads to show forms: each in a frame of its own that grows with it."""
    return script_answer(request, scripts.stripped(SCRIPT, encoding_of(request)))
