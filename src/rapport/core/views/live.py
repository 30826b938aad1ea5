"""Comments of a record, notices of the user, and that somebody edits what others look at."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.forms import UUIDField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from rapport.core.access import actor_of
from rapport.core.live import comments, notices, topics
from rapport.core.live.registry import NOTICE_KINDS
from rapport.core.models import Comment, Notice, User
from rapport.core.ui.lists import Column, DateFilter, ListPage
from rapport.core.views.pages import is_own_address, page

IN_MENU = 12


@require_GET
def unavailable(_request: HttpRequest) -> HttpResponse:
    """`/live/stream` is answered before Django (`core.live.streams`); under another server pages do without."""
    return HttpResponse(status=204)


@require_POST
@page()
def editing(request: HttpRequest) -> HttpResponse:
    """Others who have the page open see that the user edits (`editing`: yes or nothing)."""
    try:
        stream = uuid.UUID(request.POST.get("stream", ""))
        token = topics.Token.read(request.POST.get("token", ""))
    except (ValueError, signing.BadSignature) as error:
        raise PermissionDenied(_("This page is too old. Load it again.")) from error
    if token.user == actor_of(request).user_id:
        is_editing = bool(request.POST.get("editing"))
        topics.edit(stream, token.user, token.topic, is_editing=is_editing)
    return HttpResponse(status=204)


def _words(notice: Notice) -> str:
    """In the reader's language; of a kind that nobody registers any more only its name."""
    kind = NOTICE_KINDS.get(notice.kind)
    if kind is None:
        return notice.kind
    try:
        return kind.words(notice.params)
    except (KeyError, IndexError, TypeError, ValueError):  # of a kind whose words have changed since
        return str(kind.label)


def _shown(notice: Notice) -> dict[str, Any]:
    kind = NOTICE_KINDS.get(notice.kind)
    url = notice.url if is_own_address(notice.url) else ""
    icon = kind.icon if kind else "bell"
    return {"notice": notice, "words": _words(notice), "url": url, "icon": icon}


@require_GET
@page()
def bell(request: HttpRequest) -> HttpResponse:
    """How many notices are unread, and the last of them, for the menu of every page."""
    return _bell(request)


@require_POST
@page()
def read(request: HttpRequest) -> HttpResponse:
    """All of the user's notices are read."""
    notices.mark_read(actor=actor_of(request))
    return _bell(request)


def _bell(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows = [_shown(row) for row in notices.notices(actor)[:IN_MENU]]
    return render(request, "core/live/bell.html", {"rows": rows, "unread": notices.unread(actor)})


@require_GET
@page()
def notice(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponseBase:
    """Goes to what the notice is about; it is read then."""
    actor = actor_of(request)
    row = notices.notices(actor).filter(pk=notice_id).first()
    if row is None:
        raise Http404
    notices.mark_read(actor=actor, ids=[row.pk])
    return redirect(row.url if is_own_address(row.url) else "core:notices")


class NoticeList(ListPage):
    """Everything the user was told of in the last half year."""

    name = "notices"
    title = gettext_lazy("Notices")
    empty_template = "core/live/no_notices.html"
    default_sort = "-created_at"
    opens_in_panel = False
    filters = (DateFilter("created_at", gettext_lazy("When")),)
    columns = (
        Column("words", gettext_lazy("What"), value=_words, main=True),
        Column("created_at", gettext_lazy("When"), sort="created_at"),
        Column("read_at", gettext_lazy("Read"), sort="read_at"),
    )

    def rows(self) -> QuerySet[Notice]:
        return notices.notices(self.actor)

    def url(self, row: Notice) -> str:
        return row.url if is_own_address(row.url) else ""


@require_GET
@page()
def notice_list(request: HttpRequest) -> HttpResponseBase:
    return NoticeList(request).respond()


@page()
def comment_list(request: HttpRequest, kind: str, record: uuid.UUID) -> HttpResponse:
    """The comments of a record; POST `text` (and `thread`) adds one."""
    text, problem = "", ""
    if request.method == "POST":
        text, thread = request.POST.get("text", ""), request.POST.get("thread", "")
        try:
            thread_id = UUIDField(required=False).clean(thread)
            comments.add(actor=actor_of(request), kind=kind, record=record, text=text, thread_id=thread_id)
            text = ""
        except ValidationError as error:
            problem = " ".join(error.messages)
    return _comments(request, kind, record, text=text, problem=problem)


@require_POST
@page()
def comment(request: HttpRequest, comment_id: uuid.UUID) -> HttpResponse:
    """`action`: resolve, reopen, delete, or change with `text`."""
    actor = actor_of(request)
    row = comments.comment_for(actor, comment_id)
    action, problem = request.POST.get("action", ""), ""
    try:
        if action == "delete":
            comments.delete(actor=actor, comment=row)
        elif action == "change":
            comments.change(actor=actor, comment=row, text=request.POST.get("text", ""))
        elif action in {"resolve", "reopen"}:
            comments.resolve(actor=actor, comment=row, resolved=action == "resolve")
        else:
            raise Http404
    except ValidationError as error:
        problem = " ".join(error.messages)
    return _comments(request, row.kind, row.record, problem=problem)


def _comments(
    request: HttpRequest, kind: str, record: uuid.UUID, *, text: str = "", problem: str = ""
) -> HttpResponse:
    actor = actor_of(request)
    label, url = comments.record_for(actor, kind, record)
    rows = list(comments.comments(actor, kind, record))
    answers: dict[uuid.UUID, list[Comment]] = defaultdict(list)
    for row in rows:
        if row.thread_id is not None:
            answers[row.thread_id].append(row)
    threads: list[dict[str, Any]] = [
        {"comment": row, "answers": answers[row.pk]} for row in rows if row.thread_id is None
    ]
    context = {
        "kind": kind,
        "record": record,
        "label": label,
        "url": url,
        "open_threads": [thread for thread in threads if thread["comment"].resolved_at is None],
        "resolved_threads": [thread for thread in threads if thread["comment"].resolved_at],
        "text": text,
        "problem": problem,
        "topic": comments.topic(kind, record),
        "names": _names(),
    }
    part = request.headers.get("HX-Target") == "comments"
    template = "core/live/_comments.html" if part else "core/live/comments.html"
    return render(request, template, context, status=422 if problem else 200)


def _names() -> list[str]:
    """Whom an @ may name."""
    users = User.objects.filter(is_active=True).order_by("name", "email")[:500]
    return [user.name.strip() or user.email.partition("@")[0] for user in users]
