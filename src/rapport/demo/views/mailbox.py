"""The mailbox of the demo: every mail Rapport sent, as its reader would see it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rapport.core.access import actor_of
from rapport.core.views.pages import page
from rapport.demo import queries
from rapport.demo.services import mailbox

PAGE = 50
_BASE = '<base target="_blank">'
_MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:", settings.PUBLIC_URL],
    "font-src": ["'self'"],
    "script-src": ["'none'"],
    "connect-src": ["'none'"],
    "frame-src": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@require_GET
@page("campaigns.view")
def inbox(request: HttpRequest) -> HttpResponse:
    """Newest mails first; `before` pages on, `to` keeps one reader's."""
    mails = queries.mails(actor_of(request))
    reader = request.GET.get("to", "").strip()
    if reader:
        mails = mails.filter(recipients__contains=[reader.lower()])
    if (before := request.GET.get("before", "")).isdigit():
        mails = mails.filter(pk__lt=int(before))
    shown = list(mails[: PAGE + 1])
    older = shown[PAGE - 1].pk if len(shown) > PAGE else None
    context = {"mails": shown[:PAGE], "older": older, "reader": reader, "smtp": settings.SMTP_URL}
    return render(request, "demo/mailbox/inbox.html", context)


@require_GET
@page("campaigns.view")
def mail(request: HttpRequest, number: int) -> HttpResponse:
    mail = queries.mail_for(actor_of(request), number)
    mailbox.mark_read(mail=mail)
    message = mailbox.parse(mail.raw)
    context = {
        "mail": mail,
        "headers": [(name, str(value)) for name, value in message.items()],
        "has_html": bool(mailbox.html_part(message)),
        "text": mailbox.text_part(message),
        "one_click": mailbox.one_click_url(message),
        "size": len(mail.raw),
    }
    return render(request, "demo/mailbox/mail.html", context)


@require_GET
@page("campaigns.view")
def body(request: HttpRequest, number: int) -> HttpResponse:
    """The HTML part alone, for the sandboxed frame: no script, no form, links open in a new tab."""
    html = mailbox.html_part(mailbox.parse(queries.mail_for(actor_of(request), number).raw))
    if not html:
        raise Http404
    head = html.lower().find("<head>")
    cut = head + len("<head>") if head >= 0 else 0
    response = HttpResponse(f"{html[:cut]}{_BASE}{html[cut:]}")
    response.headers["Referrer-Policy"] = "no-referrer"
    response._csp_replace = _MAIL_POLICY  # type: ignore[attr-defined]  # what csp_replace sets
    return response


@require_GET
@page("campaigns.view")
def raw(request: HttpRequest, number: int) -> HttpResponse:
    mail = queries.mail_for(actor_of(request), number)
    headers = {"Content-Disposition": f'attachment; filename="mail-{mail.pk}.eml"'}
    return HttpResponse(bytes(mail.raw), content_type="message/rfc822", headers=headers)


@require_POST
@page("campaigns.view")
def unsubscribe(request: HttpRequest, number: int) -> HttpResponse:
    mail = queries.mail_for(actor_of(request), number)
    here = urlsplit(request.build_absolute_uri())
    origins = {settings.PUBLIC_URL, f"{here.scheme}://{here.netloc}"}
    try:
        status = mailbox.unsubscribe(mail=mail, allowed_origins=origins)
    except mailbox.CannotUnsubscribe as error:
        messages.error(request, str(error))
    else:
        if status < 300:
            messages.success(request, _("The one-click request was accepted (HTTP %d).") % status)
        else:
            messages.error(request, _("The one-click request was answered with HTTP %d.") % status)
    return redirect("demo:mail", number=number)


@require_POST
@page("campaigns.edit")
def empty(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("%d messages deleted.") % mailbox.empty())
    return redirect("demo:mailbox")
