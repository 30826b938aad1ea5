"""Settings: the mailboxes that are read, how reading goes, and a test."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import note
from rapport.core.views.pages import exclusive, page
from rapport.core.views.settings import settings_page
from rapport.messaging import queries
from rapport.messaging.forms.settings import MailboxForm
from rapport.messaging.models import Mailbox
from rapport.messaging.services import mailboxes
from rapport.messaging.services.mailboxes import Tested


@page("channels.view")
def mailbox_list(request: HttpRequest) -> HttpResponseBase:
    """Every mailbox and whether it can be read."""
    actor = actor_of(request)
    context = {"rows": queries.mailboxes(actor), "may_edit": actor.may("channels.edit")}
    return settings_page(request, "messaging/mailboxes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.edit")
def new(request: HttpRequest) -> HttpResponseBase:
    """Sets up a mailbox."""
    form = MailboxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = mailboxes.create(actor=actor_of(request), values=form.cleaned_data, clock=clock_of(request))
        except ValidationError as error:
            form.add_problems(error)
        else:
            note(request, _("The mailbox is read from now on. Test the connection."))
            return redirect("messaging:mailbox", row.pk)
    return settings_page(request, "messaging/mailbox_new.html", {"form": form}, 422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@page("channels.view")
@exclusive()
def mailbox(request: HttpRequest, mailbox_id: int) -> HttpResponseBase:
    """One mailbox: its settings, its health, what was read last, and a test."""
    actor = actor_of(request)
    row = queries.mailbox_for(actor, mailbox_id)
    form = _form(request, row)
    if request.method == "POST":
        actor.require("channels.edit")
        if form.is_valid():
            try:
                mailboxes.change(
                    actor=actor, mailbox_id=row.pk, values=form.cleaned_data, clock=clock_of(request)
                )
            except ValidationError as error:
                form.add_problems(error)
            else:
                note(request, _("Saved. The mailbox is opened anew."))
                return redirect("messaging:mailbox", row.pk)
    return _mailbox_page(request, row, form)


@require_POST
@page("channels.edit")
def test(request: HttpRequest, mailbox_id: int) -> HttpResponseBase:
    """Opens the mailbox and shows what was seen."""
    actor = actor_of(request)
    tested = mailboxes.try_out(actor=actor, mailbox_id=mailbox_id, clock=clock_of(request))
    row = queries.mailbox_for(actor, mailbox_id)
    return _mailbox_page(request, row, _form(request, row, fresh=True), tested)


@require_POST
@page("channels.edit")
def disabling(request: HttpRequest, mailbox_id: int) -> HttpResponseBase:
    """Stops reading a mailbox, or with `undo` goes on."""
    undo = "undo" in request.POST
    mailboxes.disable(actor=actor_of(request), mailbox_id=mailbox_id, undo=undo, clock=clock_of(request))
    note(request, _("The mailbox is read again.") if undo else _("The mailbox is not read any more."))
    return redirect("messaging:mailbox", mailbox_id)


def _form(request: HttpRequest, row: Mailbox, *, fresh: bool = False) -> MailboxForm:
    posted = request.POST if request.method == "POST" and not fresh else None
    initial = {name: getattr(row, name) for name in mailboxes.FIELDS}
    return MailboxForm(posted, initial=initial, has_password=True)


def _mailbox_page(
    request: HttpRequest, row: Mailbox, form: MailboxForm, tested: Tested | None = None
) -> HttpResponseBase:
    actor = actor_of(request)
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "tested": tested,
        "counts": queries.outcomes_of(row),
        "may_edit": actor.may("channels.edit"),
        "may_see_mails": queries.may_see_mails(actor),
    }
    return settings_page(request, "messaging/mailbox.html", context, 422 if form.errors else 200)
