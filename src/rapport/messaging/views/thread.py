"""The conversation on the profile: every message to and from a person, and the form that answers it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rapport.channels.protocol import Attachment
from rapport.channels.queries import offered_channels
from rapport.channels.registry import CHANNELS
from rapport.core.access import Actor, actor_of
from rapport.core.clock import clock_of
from rapport.core.ui.toasts import toast
from rapport.core.views.pages import exclusive, page
from rapport.governance.registry import channel_label
from rapport.messaging import queries
from rapport.messaging.forms.composer import Composer
from rapport.messaging.models import Delivery, MessageFile
from rapport.messaging.queries import thread
from rapport.messaging.queries.thread import Place, Target, Wanted
from rapport.messaging.reason_words import in_words
from rapport.messaging.registry import send_origin
from rapport.messaging.services import answers, calls, conversation, gate
from rapport.messaging.services.conversation import Line
from rapport.messaging.views.deliveries import STATES, TONES
from rapport.people import queries as people
from rapport.people.models import Person

PAGE = 30


@require_safe
@page("messages.view")
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """The panel: the form and the newest messages; with `before` the next older ones."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    if request.GET.get("before") or request.GET.get("part") == "messages":
        return render(request, "messaging/thread_messages.html", _messages(request, shown))
    return render(request, "messaging/thread.html", _panel(request, shown))


@require_POST
@page("messages.answer")
def composer(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """The form drawn anew for another channel, with what the gate would say."""
    actor = actor_of(request)
    shown = people.person_for(actor, person_id)
    form = Composer(actor, shown, request.POST, now=clock_of(request).now())
    return render(request, "messaging/composer_fields.html", {"composer": form, "person": shown})


@require_POST
@page("messages.answer")
@exclusive()
def answer(request: HttpRequest, person_id: uuid.UUID) -> HttpResponseBase:
    """Sends what was written, in some seconds; shows the conversation with it."""
    actor, clock = actor_of(request), clock_of(request)
    shown = people.person_for(actor, person_id)
    form = Composer(actor, shown, request.POST, now=clock.now())
    files = [
        Attachment(file.name or "", file.content_type or "", file.read())
        for file in request.FILES.getlist("files")
    ]
    target = form.target
    if target is None:
        form.problems[""] = [_("This person cannot be written to over this channel.")]
    else:
        row = _sent(actor, form, target, files, clock)
        if row is not None:
            context = _messages(request, shown)
            context["composer"] = Composer(actor, shown, {}, now=clock.now())
            response = render(request, "messaging/thread.html", context)
            undo = reverse("messaging:answer-undo", args=[row.pk])
            return toast(response, _("It is sent in some seconds."), undo_url=undo)
    context = {**_messages(request, shown), "composer": form}
    return render(request, "messaging/thread.html", context, status=422)


@require_POST
@page("messages.answer")
def undo(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponseBase:
    """Takes an answer back before it is handed over; its text stands in the form again."""
    try:
        row = calls.cancel(actor=actor_of(request), delivery_id=delivery_id, clock=clock_of(request))
    except ValidationError as error:
        return toast(HttpResponse(status=409), error.messages[0], level="error")
    if row.person_id is None:
        raise Http404
    shown = people.person_for(actor_of(request), row.person_id)
    return render(request, "messaging/thread.html", _panel(request, shown))


@require_safe
@page("messages.view")
def content(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """What a message says, loaded when it is opened."""
    row = queries.delivery_for(actor_of(request), delivery_id)
    context = {"delivery": row, "wording": conversation.wording_as_sent(row)}
    return render(request, "messaging/thread_content.html", context)


@require_safe
@page("messages.view")
def file(request: HttpRequest, file_id: uuid.UUID) -> FileResponse:
    """A file that hangs on a message; always a download, never shown by the browser."""
    row = MessageFile.objects.filter(pk=file_id).first()
    message_id = (row.delivery_id or row.inbound_id) if row else None
    if row is None or message_id is None:
        raise Http404
    thread.message_for(actor_of(request), message_id)
    try:
        stream = default_storage.open(row.path)
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(
        stream, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )


def _sent(
    actor: Actor, form: Composer, target: Target, files: list[Attachment], clock: Any
) -> Delivery | None:
    """The message; None when it cannot be sent, which the form then says."""
    written = form.written(files, clock.now() + answers.UNDO)
    if form.has_moved_on and not answers.exists(target, written.key):
        form.see()
        form.problems[""] = [
            _(
                "There is a newer message in this conversation. Read it first; Send sends your answer as it is."
            )
        ]
        return None
    try:
        return answers.send(actor=actor, target=target, written=written, clock=clock)
    except ValidationError as error:
        form.add_problems(error)
        return None


def _panel(request: HttpRequest, shown: Person) -> dict[str, Any]:
    """The whole panel; after an answer was taken back its text stands in the form again."""
    actor, context = actor_of(request), _messages(request, shown)
    if actor.may("messages.answer"):
        form = Composer(actor, shown, request.GET, now=clock_of(request).now())
        context["composer"] = (None if "to" in request.GET else form.taken_back(context["newest"])) or form
    return context


def _messages(request: HttpRequest, shown: Person) -> dict[str, Any]:
    family = people.family(shown.pk)
    wanted = Wanted(request.GET.get("direction", ""), request.GET.get("channel", "")[:32])
    before = _place(request.GET.get("before", ""))
    entries = thread.conversation(family, wanted=wanted, before=before, limit=PAGE + 1)
    older, entries = entries[PAGE:], entries[:PAGE]
    lines = conversation.lines(entries)
    return {
        "person": shown,
        "newest": lines[0] if lines and before is None else None,
        "messages": [_shown(line) for line in lines],
        "older": f"{entries[-1].at.isoformat()}~{entries[-1].id}" if older else "",
        "is_first": before is None,
        "waits": before is None and any(_waits(line) for line in lines),
        "wanted": wanted,
        "channels": [(kind.key, kind.label) for kind in offered_channels()],
        "may_answer": actor_of(request).may("messages.answer"),
    }


def _waits(line: Line) -> bool:
    row = line.entry.delivery
    return row is not None and line.is_personal and row.state in {"queued", "claimed"}


def _shown(line: Line) -> dict[str, Any]:
    row, kind = line.entry.delivery, CHANNELS.get(line.entry.channel)
    common = {
        "line": line,
        "channel": channel_label(line.entry.channel),
        "icon": kind.icon if kind else "mail",
    }
    if row is None:
        return {**common, "row": line.entry.inbound}
    receipts = [(receipt.get_kind_display(), in_words(receipt.reason)) for receipt in row.receipts.all()]
    return {
        **common,
        "row": row,
        "state": STATES[row.state],
        "tone": TONES[row.state],
        "reason": str(gate.REASONS.get(row.reason, row.reason)),
        "receipts": receipts,
        "url": send_origin(row.send.origin).url(row.send.origin_id),
        "may_undo": line.is_personal and row.state == "queued",
        "files": list(row.files.all()),
    }


def _place(text: str) -> Place | None:
    at, _tilde, pk = text.partition("~")
    try:
        return Place(dt.datetime.fromisoformat(at), uuid.UUID(pk))
    except ValueError:
        return None
