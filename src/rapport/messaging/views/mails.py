"""Settings: what was read in a mailbox, mail by mail, and what followed of each."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from rapport.core.access import actor_of
from rapport.core.clock import clock_of
from rapport.core.templatetags.ui import badge
from rapport.core.ui.lists import ChoiceFilter, Column, DateFilter, ListPage
from rapport.core.ui.toasts import note
from rapport.core.views.pages import page
from rapport.messaging import queries
from rapport.messaging.models import IncomingMail
from rapport.messaging.reason_words import WORDS, in_words
from rapport.messaging.services import mailboxes

TONES = {"counted": "good", "kept": "good", "quarantined": "bad", "unverified": "warn"}
KINDS = {
    "bounce": gettext_lazy("Bounce"),
    "complaint": gettext_lazy("Complaint"),
    "auto_reply": gettext_lazy("Automatic reply"),
    "other": gettext_lazy("Other"),
    "": gettext_lazy("Unknown"),
}


def outcome_badge(row: IncomingMail) -> Any:
    return badge(row.get_outcome_display(), TONES.get(row.outcome, ""))


class MailList(ListPage):
    name = "mails"
    title = gettext_lazy("Mails read")
    empty = (
        gettext_lazy("No mail read yet"),
        gettext_lazy("Each mail of the mailbox is listed here, with what it was and what followed of it."),
    )
    template = "messaging/mails.html"
    default_sort = "-read_at"
    search_in = ("address",)
    search_hint = gettext_lazy("Search address")
    columns = (
        Column("kind", gettext_lazy("Kind"), value=lambda row: str(KINDS[row.kind]), main=True, sort="kind"),
        Column("outcome", gettext_lazy("What followed"), cell=outcome_badge, sort="outcome"),
        Column("reason", gettext_lazy("Reason"), value=lambda row: in_words(row.reason)),
        Column("address", gettext_lazy("Address")),
        Column("read_at", gettext_lazy("Read"), sort="read_at"),
    )
    filters = (
        ChoiceFilter("outcome", gettext_lazy("What followed"), choices=IncomingMail.Outcome.choices),
        ChoiceFilter("kind", gettext_lazy("Kind"), choices=tuple(KINDS.items())),
        ChoiceFilter("reason", gettext_lazy("Reason"), choices=tuple(WORDS.items())),
        DateFilter("read_at", gettext_lazy("Read")),
    )

    def rows(self) -> Any:
        return queries.incoming_mails(self.actor, self.kwargs["mailbox"])

    def url(self, row: IncomingMail) -> str:
        return reverse("messaging:mail", args=[row.pk])

    def context(self) -> dict[str, Any]:
        return {"mailbox": self.kwargs["mailbox"]}


@page("channels.view")
def mail_list(request: HttpRequest, mailbox_id: int) -> HttpResponseBase:
    return MailList(request, mailbox=queries.mailbox_for(actor_of(request), mailbox_id)).respond()


@require_safe
@page("channels.view")
def mail(request: HttpRequest, mail_id: int) -> HttpResponseBase:
    """One mail that was read: what it was, what followed, and the delivery it is about."""
    actor = actor_of(request)
    row = queries.incoming_mail_for(actor, mail_id)
    context = {
        "row": row,
        "kind": KINDS[row.kind],
        "reason": in_words(row.reason),
        "tone": TONES.get(row.outcome, ""),
        "may_retry": row.outcome == IncomingMail.Outcome.QUARANTINED and actor.may("channels.edit"),
    }
    return render(request, "messaging/mail.html", context)


@require_POST
@page("channels.edit")
def retry(request: HttpRequest, mail_id: int) -> HttpResponseBase:
    """Has a mail that was set aside read again."""
    actor = actor_of(request)
    try:
        mailboxes.retry(actor=actor, mail_id=mail_id, clock=clock_of(request))
    except ValidationError as error:
        note(request, error.messages[0])
    else:
        note(request, _("The mail is read again within a moment."))
    return redirect("messaging:mail", mail_id)
