"""Reads of social posts, their publications and replies."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.campaigns.models import SocialImage, SocialPost, SocialPublication, SocialReply
from rapport.channels import queries as channels
from rapport.channels.models import ChannelAccount
from rapport.channels.networks import NETWORKS, Network
from rapport.core.access import Actor
from rapport.messaging import queries as messaging

State = SocialPublication.State
UNDER_WAY = {State.PUBLISHING, State.CHECKING, State.DELETING}
AILING = {State.FAILED, State.MISSED, State.UNCERTAIN}
# So long after a post the same text on the same account is pointed out.
SAME_TEXT = dt.timedelta(days=7)


def social_posts(actor: Actor, *, archived: bool = False) -> QuerySet[SocialPost]:
    """Posts with their publications, newest first."""
    rows = _visible(actor).filter(archived_at__isnull=not archived)
    return rows.order_by("-created_at", "id")


def social_post_for(actor: Actor, post_id: uuid.UUID, *, lock: bool = False) -> SocialPost:
    """Raises Http404."""
    rows = _visible(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=post_id)


def publication_for(actor: Actor, publication_id: uuid.UUID, *, lock: bool = False) -> SocialPublication:
    """Raises Http404."""
    _may_see(actor)
    rows = SocialPublication.objects.select_related("post", "account")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=publication_id)


def social_image_for(actor: Actor, image_id: int) -> SocialImage:
    """Raises Http404."""
    _may_see(actor)
    return get_object_or_404(SocialImage, pk=image_id)


def social_replies(actor: Actor, post: SocialPost | None = None) -> QuerySet[SocialReply]:
    """Replies whose words the actor may read, oldest first; none for whoever may not see messages."""
    _may_see(actor)
    if not actor.may("messages.view"):
        return SocialReply.objects.none()
    readable = messaging.inbound_messages(actor).values("pk")
    rows = SocialReply.objects.filter(message__in=readable).select_related(
        "message__person", "publication__account", "publication__post"
    )
    if post is not None:
        rows = rows.filter(publication__post=post)
    return rows.order_by("written_at", "pk")


def social_reply_for(actor: Actor, reply_id: int) -> SocialReply:
    """Raises Http404."""
    return get_object_or_404(social_replies(actor), pk=reply_id)


def answers_of(post: SocialPost) -> list[SocialPublication]:
    """What we answered below a post, oldest first."""
    rows = SocialPublication.objects.filter(post=post, is_answer=True).select_related("account")
    return list(rows.order_by("due_at", "pk"))


def posting_accounts() -> list[ChannelAccount]:
    """The accounts something can be published over."""
    return [account for account in channels.social_accounts() if account.adapter in NETWORKS]


def network_of(account: ChannelAccount) -> Network:
    return NETWORKS[account.adapter]


def social_status(publications: Iterable[SocialPublication]) -> str:
    """draft, scheduled, publishing, attention, published, cancelled or deleted: of a post, by its publications."""
    states = {State(row.state) for row in publications}
    for name, among in (
        ("publishing", UNDER_WAY),
        ("attention", AILING),
        ("scheduled", {State.SCHEDULED}),
        ("published", {State.PUBLISHED}),
        ("deleted", {State.DELETED}),
        ("cancelled", {State.CANCELLED}),
    ):
        if states & among:
            return name
    return "draft"


def same_text(publication: SocialPublication, now: dt.datetime) -> SocialPublication | None:
    """Another post with this text on this account, waiting or published lately."""
    rows = SocialPublication.objects.filter(account_id=publication.account_id, is_answer=False)
    rows = rows.filter(state__in=[State.SCHEDULED, State.PUBLISHING, State.CHECKING, State.PUBLISHED])
    rows = (
        rows.exclude(post_id=publication.post_id).filter(due_at__gte=now - SAME_TEXT).select_related("post")
    )
    return next((row for row in rows[:200] if row.whole_text.strip() == publication.whole_text.strip()), None)


def _visible(actor: Actor) -> QuerySet[SocialPost]:
    _may_see(actor)
    own = SocialPublication.objects.filter(is_answer=False).select_related("account").order_by("account_id")
    return SocialPost.objects.prefetch_related(
        Prefetch("publications", own, to_attr="own_publications"), "images"
    )


def _may_see(actor: Actor) -> None:
    if not actor.may("social.view"):
        raise Http404
