"""Comments of users on records, with answers, mentions and an end."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from rapport.core import access
from rapport.core.access import Actor
from rapport.core.live import notices, topics
from rapport.core.live.registry import COMMENTED_KINDS, CommentedKind
from rapport.core.models import Comment, User
from rapport.core.services import audit

LONGEST, MOST_ON_A_RECORD, SHOWN = 5_000, 2_000, 140


def topic(kind: str, record: uuid.UUID) -> str:
    """What pages of a record listen to."""
    return f"{kind}:{record}"


def record_for(actor: Actor, kind: str, record: uuid.UUID) -> tuple[str, str]:
    """Label and address of a record the actor sees. Raises Http404."""
    entry = _seen(actor).get(kind)
    if entry is None:
        raise Http404
    return str(entry.record_for(actor, record)), reverse(entry.url_name, args=[record])


def _seen(actor: Actor) -> dict[str, CommentedKind]:
    """The kinds of records that they see any of."""
    return {entry.name: entry for entry in COMMENTED_KINDS if actor.may(entry.permission)}


def comments(actor: Actor, kind: str, record: uuid.UUID) -> QuerySet[Comment]:
    """All on a record, oldest first, answers among them. Raises Http404."""
    record_for(actor, kind, record)
    return Comment.objects.filter(kind=kind, record=record).select_related("author").order_by("created_at")


def open_threads(kind: str, record: uuid.UUID) -> int:
    """How many await an end. Whoever shows it has the record already."""
    return Comment.objects.filter(kind=kind, record=record, thread=None, resolved_at=None).count()


def comment_for(actor: Actor, comment_id: uuid.UUID) -> Comment:
    """Raises Http404, also where the actor does not see the record."""
    rows = Comment.objects.filter(kind__in=_seen(actor)).select_related("author", "thread")
    comment = rows.filter(pk=comment_id).first()
    if comment is None:
        raise Http404
    record_for(actor, comment.kind, comment.record)
    return comment


@transaction.atomic
def add(
    *, actor: Actor, kind: str, record: uuid.UUID, text: str, thread_id: uuid.UUID | None = None
) -> Comment:
    """Raises Http404, and ValidationError for no text, too long a text, and a thread of another record."""
    label, url = record_for(actor, kind, record)
    text = _proper(text)
    here = Comment.objects.filter(kind=kind, record=record)
    thread = here.filter(pk=thread_id, thread=None).first() if thread_id else None
    if thread_id and thread is None:
        raise ValidationError(_("The comment that this answers is no longer there."))
    if here.count() >= MOST_ON_A_RECORD:
        raise ValidationError(_("There are too many comments here. Delete some first."))
    comment = Comment.objects.create(
        kind=kind, record=record, author_id=actor.user_id, text=text, thread=thread
    )
    _record(actor, "comment.added", comment)
    _tell(actor, comment, label, url)
    topics.tell(topic(kind, record), "comments", by=actor.user_id)
    return comment


@transaction.atomic
def change(*, actor: Actor, comment: Comment, text: str) -> Comment:
    """The author's own words. Raises PermissionDenied for others', ValidationError as `add`."""
    _require_author(actor, comment)
    comment.text = _proper(text)
    comment.changed_at = Now()
    comment.save(update_fields=["text", "changed_at"])
    comment.refresh_from_db(fields=["changed_at"])
    _record(actor, "comment.changed", comment)
    topics.tell(topic(comment.kind, comment.record), "comments", by=actor.user_id)
    return comment


@transaction.atomic
def resolve(*, actor: Actor, comment: Comment, resolved: bool) -> Comment:
    """Ends a thread, or opens it again; anybody who sees it may. Of an answer it is the thread that ends."""
    thread = comment.thread or comment
    thread.resolved_at = Now() if resolved else None
    thread.resolved_by_id = actor.user_id if resolved else None
    thread.save(update_fields=["resolved_at", "resolved_by"])
    thread.refresh_from_db(fields=["resolved_at"])
    topics.tell(topic(thread.kind, thread.record), "comments", by=actor.user_id)
    return thread


@transaction.atomic
def delete(*, actor: Actor, comment: Comment) -> None:
    """The author's own, with its answers; anybody's for who may edit settings. Raises PermissionDenied."""
    if not actor.may("settings.edit"):
        _require_author(actor, comment)
    _record(actor, "comment.deleted", comment)
    where = topic(comment.kind, comment.record)
    comment.delete()
    topics.tell(where, "comments", by=actor.user_id)


def mentioned(text: str, users: Iterable[User]) -> list[User]:
    """Those whose name, or whose address up to its @, stands behind an @."""
    folded = text.casefold()

    def is_in(user: User) -> bool:
        names = {user.name.strip().casefold(), user.email.partition("@")[0].casefold()} - {""}
        return any(re.search(rf"(?<!\w)@{re.escape(name)}(?!\w)", folded) for name in names)

    return [user for user in users if is_in(user)]


def _tell(actor: Actor, comment: Comment, label: str, url: str) -> None:
    """Whoever is mentioned and sees the record; and whoever wrote in the thread."""
    author = comment.author
    params = {"who": str(author) if author else actor.label, "record": label, "text": comment.text[:SHOWN]}
    users = mentioned(comment.text, User.objects.filter(is_active=True)) if "@" in comment.text else []
    people = {user.pk for user in users if _sees(user, comment)} - {actor.user_id}
    notices.notify(people, "comment.mentioned", params=params, url=url)
    if comment.thread is None:
        return
    writers = {comment.thread.author_id, *comment.thread.answers.values_list("author", flat=True)}
    others = User.objects.filter(pk__in=writers - people - {actor.user_id, None}, is_active=True)
    readers = [user.pk for user in others if _sees(user, comment)]
    notices.notify(readers, "comment.answered", params=params, url=url)


def _sees(user: User, comment: Comment) -> bool:
    try:
        record_for(access.for_user(user), comment.kind, comment.record)
    except Http404:
        return False
    return True


def _proper(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ValidationError(_("Write something first."))
    if len(text) > LONGEST:
        raise ValidationError(_("A comment has at most %(most)s characters.") % {"most": LONGEST})
    return text


def _require_author(actor: Actor, comment: Comment) -> None:
    if actor.user_id is None or comment.author_id != actor.user_id:
        raise PermissionDenied(_("Only who wrote a comment may change or delete it."))


def _record(actor: Actor, action: str, comment: Comment) -> None:
    data = {"kind": comment.kind, "record": str(comment.record), "text": comment.text[:SHOWN]}
    audit.record(actor=actor, action=action, object_type="comment", object_id=comment.pk, data=data)
