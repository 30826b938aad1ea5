"""Writing posts, ordering that they are published, taking that back, deleting and answering."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from rapport.campaigns import queries
from rapport.campaigns.models import SocialPost, SocialPublication
from rapport.campaigns.services.social_limits import measure
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.plain_text import unturned, whole
from rapport.core.services import audit
from rapport.core.services.wake import wake
from rapport.messaging import queries as messaging

LOOP = "campaigns.publishing"
LATEST = dt.timedelta(days=366)
LONGEST = 70_000
State = SocialPublication.State
OPEN = (State.FAILED, State.MISSED, State.UNCERTAIN, State.CANCELLED)


class SocialError(ValueError):
    """The post cannot do that now; `field` names the part to correct, if there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def create_post(
    *, actor: Actor, name: str = "", text: str = "", accounts: Mapping[int, str], clock: Clock = SYSTEM
) -> SocialPost:
    """A draft; `accounts` is {account: its own text, or ""}. Raises PermissionDenied, SocialError."""
    actor.require("social.edit")
    post = SocialPost(created_at=clock.now(), created_by=actor.label)
    _assign(post, name, text)
    post.save(force_insert=True)
    _set_accounts(post, accounts, actor)
    _audit(actor, "social_post.created", post, clock)
    return post


@transaction.atomic
def edit_post(
    *,
    actor: Actor,
    post_id: uuid.UUID,
    name: str | None = None,
    text: str | None = None,
    accounts: Mapping[int, str] | None = None,
    clock: Clock = SYSTEM,
) -> SocialPost:
    """Changes a draft. Raises Http404, PermissionDenied, SocialError."""
    actor.require("social.edit")
    post = draft(actor, post_id)
    _assign(post, post.name if name is None else name, post.text if text is None else text)
    post.save()
    if accounts is not None:
        _set_accounts(post, accounts, actor)
    _audit(actor, "social_post.edited", post, clock)
    return post


def draft(actor: Actor, post_id: uuid.UUID) -> SocialPost:
    """The post, locked, if it may still be changed. Raises Http404, SocialError."""
    post = queries.social_post_for(actor, post_id, lock=True)
    if post.publish_at is not None:
        raise SocialError(_("It is ordered already. Take that back to change it."))
    return post


def _assign(post: SocialPost, name: str, text: str) -> None:
    post.text = _clean(text)
    first = post.text.strip().partition("\n")[0]
    post.name = " ".join((name.strip() or first).split())[:120] or str(_("Post without text"))


def _clean(text: str) -> str:
    """The text as it is published: one kind of line end, nothing that turns it around. Raises SocialError."""
    if len(text) > LONGEST:
        raise SocialError(_("That is longer than any network takes."), "text")
    return unturned(whole(text.replace("\0", "").replace("\r\n", "\n"))).strip()


def _set_accounts(post: SocialPost, accounts: Mapping[int, str], actor: Actor) -> None:
    usable = {account.pk for account in queries.posting_accounts()}
    if unknown := set(accounts) - usable:
        raise SocialError(_("There is no such account: %(id)s.") % {"id": min(unknown)}, "accounts")
    post.publications.exclude(account_id__in=accounts).delete()
    for account_id, text in accounts.items():
        SocialPublication.objects.update_or_create(
            post=post,
            account_id=account_id,
            is_answer=False,
            defaults={"text": _clean(text)},
            create_defaults={"text": _clean(text), "created_by": actor.label},
        )


@transaction.atomic
def publish_post(
    *, actor: Actor, post_id: uuid.UUID, at: dt.datetime | None = None, clock: Clock = SYSTEM
) -> SocialPost:
    """Orders that it is published, now or at `at`. Raises Http404, PermissionDenied, SocialError."""
    actor.require("social.publish")
    post, now = draft(actor, post_id), clock.now()
    if at is not None and at > now + LATEST:
        raise SocialError(_("That is more than a year away."), "at")
    if at is not None and at < now - dt.timedelta(minutes=5):
        raise SocialError(_("That time has passed."), "at")
    rows = list(post.publications.filter(is_answer=False).select_related("account"))
    if not rows:
        raise SocialError(_("Choose at least one account."), "accounts")
    images = list(post.images.all())
    for row in rows:
        row.post = post
        if problems := measure(row, images).problems:
            words = _("%(account)s: %(problem)s") % {"account": row.account.name, "problem": problems[0]}
            raise SocialError(words, f"text_{row.account_id}")
    post.publish_at, post.ordered_by = max(at or now, now), actor.label
    post.save(update_fields=["publish_at", "ordered_by"])
    order(post.publications.filter(is_answer=False), post.publish_at, now)
    _audit(actor, "social_post.ordered", post, clock, at=post.publish_at.isoformat())
    return post


def order(rows: Any, at: dt.datetime, now: dt.datetime) -> None:
    """Lets publications go out at a time, and not much later."""
    lateness = dt.timedelta(hours=messaging.sending_policy().lateness_hours)
    jobs.reopen(
        rows,
        now=now,
        state=State.SCHEDULED,
        due_at=at,
        expires_at=at + lateness,
        next_attempt_at=at,
        code="",
        detail="",
    )
    if at <= now:
        wake(LOOP)


@transaction.atomic
def cancel_post(*, actor: Actor, post_id: uuid.UUID, clock: Clock = SYSTEM) -> bool:
    """Takes the order back: True when it is a draft again, False when some of it may be public already.

    Raises Http404, SocialError.
    """
    actor.require("social.publish")
    post = queries.social_post_for(actor, post_id, lock=True)
    rows = post.publications.filter(is_answer=False).select_for_update(no_key=True)
    waiting = [row for row in rows if row.state == State.SCHEDULED and row.handed_over_at is None]
    if not waiting:
        raise SocialError(_("Nothing of it waits any more."))
    whole_post = len(waiting) == len(rows)
    to_stop = SocialPublication.objects.filter(pk__in=[row.pk for row in waiting])
    state = State.DRAFT if whole_post else State.CANCELLED
    jobs.reopen(to_stop, now=clock.now(), state=state, due_at=None if whole_post else F("due_at"))
    if whole_post:
        post.publish_at, post.ordered_by = None, ""
        post.save(update_fields=["publish_at", "ordered_by"])
    _audit(actor, "social_post.cancelled", post, clock)
    return whole_post


@transaction.atomic
def archive_post(
    *, actor: Actor, post_id: uuid.UUID, undo: bool = False, clock: Clock = SYSTEM
) -> SocialPost:
    """Takes a post out of the lists, or brings it back; what is public stays so. Raises Http404, SocialError."""
    actor.require("social.edit")
    post = queries.social_post_for(actor, post_id, lock=True)
    states = set(post.publications.values_list("state", flat=True))
    if not undo and states & {State.SCHEDULED, *queries.UNDER_WAY}:
        raise SocialError(_("It is still to be published. Cancel it first."))
    post.archived_at = None if undo else clock.now()
    post.save(update_fields=["archived_at"])
    _audit(actor, "social_post.unarchived" if undo else "social_post.archived", post, clock)
    return post


@transaction.atomic
def publish_again(*, actor: Actor, publication_id: uuid.UUID, clock: Clock = SYSTEM) -> SocialPublication:
    """Has what failed, was missed or is uncertain published now. Raises Http404, SocialError."""
    actor.require("social.publish")
    row = queries.publication_for(actor, publication_id, lock=True)
    if row.state not in OPEN:
        raise SocialError(_("It waits, or is published already."))
    images = [] if row.is_answer else list(row.post.images.all())
    if problems := measure(row, images).problems:
        raise SocialError(problems[0])
    # A person has looked: what may have gone out long ago is not looked for again.
    SocialPublication.objects.filter(pk=row.pk).update(handed_over_at=None)
    order(SocialPublication.objects.filter(pk=row.pk), clock.now(), clock.now())
    _audit(actor, "social_post.republished", row.post, clock, account=row.account.name)
    return row


@transaction.atomic
def settle(
    *, actor: Actor, publication_id: uuid.UUID, is_public: bool, url: str = "", clock: Clock = SYSTEM
) -> None:
    """A person says of an uncertain publication whether it is public. Raises Http404, SocialError."""
    actor.require("social.publish")
    row = queries.publication_for(actor, publication_id, lock=True)
    if row.state != State.UNCERTAIN:
        raise SocialError(_("There is nothing to decide about it."))
    row.state = State.PUBLISHED if is_public else State.FAILED
    row.published_at = row.handed_over_at if is_public else None
    row.url = url[:500] if url.startswith("https://") else ""
    row.save(update_fields=["state", "published_at", "url"])
    _audit(actor, "social_post.settled", row.post, clock, account=row.account.name, is_public=is_public)


@transaction.atomic
def delete_publication(
    *, actor: Actor, publication_id: uuid.UUID, clock: Clock = SYSTEM
) -> SocialPublication:
    """Has a published post, or an answer of ours, deleted on its network. Raises Http404, SocialError."""
    actor.require("social.publish")
    row = queries.publication_for(actor, publication_id, lock=True)
    if row.state != State.PUBLISHED or not row.provider_id:
        raise SocialError(_("Only what is published, and whose id is known, can be deleted from here."))
    jobs.reopen(SocialPublication.objects.filter(pk=row.pk), now=clock.now(), state=State.DELETING)
    wake(LOOP)
    _audit(actor, "social_post.deleted", row.post, clock, account=row.account.name)
    return row


@transaction.atomic
def answer_reply(*, actor: Actor, reply_id: int, text: str, clock: Clock = SYSTEM) -> SocialPublication:
    """Publishes an answer below a reply. Raises Http404, PermissionDenied, SocialError."""
    actor.require("social.publish")
    reply = queries.social_reply_for(actor, reply_id)
    publication = reply.publication
    if not text.strip():
        raise SocialError(_("Write an answer."), "text")
    if reply.removed_at is not None:
        raise SocialError(_("The reply was removed on the network."))
    row = SocialPublication(
        post=publication.post, account=publication.account, text=_clean(text), is_answer=True, answers=reply
    )
    if problems := measure(row, []).problems:
        raise SocialError(problems[0], "text")
    row.created_by = actor.label
    row.save(force_insert=True)
    order(SocialPublication.objects.filter(pk=row.pk), clock.now(), clock.now())
    _audit(actor, "social_post.answered", publication.post, clock, account=publication.account.name)
    return row


def _audit(actor: Actor, action: str, post: SocialPost, clock: Clock, **data: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="social_post", object_id=post.pk, data=data, clock=clock
    )
