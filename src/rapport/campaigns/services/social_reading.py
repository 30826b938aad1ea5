"""Reading what is said and counted below published posts, often while they are young and seldom when they are old."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import Q

from rapport.campaigns.models import SocialPublication, SocialReply
from rapport.channels.incoming import Reply
from rapport.channels.models import ChannelAccount
from rapport.channels.networks import Comment, Comments, Failed, Figures, SignedOut, SocialClient
from rapport.channels.services import social
from rapport.core import crypto
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import claim_rows
from rapport.messaging.services import replies

log = logging.getLogger("rapport.campaigns")
BATCH = 20
ENDS = dt.timedelta(days=60)
AGAIN = dt.timedelta(minutes=30)
_PACE = (
    (dt.timedelta(days=1), dt.timedelta(minutes=10)),
    (dt.timedelta(days=7), dt.timedelta(hours=1)),
    (ENDS, dt.timedelta(days=1)),
)


def run_once(clock: Clock = SYSTEM) -> int:
    """Reads below the posts whose turn it is; says how many."""
    rows = _take_turn(clock.now())
    for account_id, of_account in groupby(rows, key=attrgetter("account_id")):
        publications = list(of_account)
        account = ChannelAccount.objects.get(pk=account_id)
        try:
            _read(account, publications, clock)
        except SignedOut as error:
            social.note(account, error, clock.now())
        except Failed as error:
            social.note(account, error.outcome, clock.now())
            log.warning("replies cannot be read over the account %s: %s", account.name, error)
        else:
            social.note(account, None, clock.now())
    return len(rows)


@transaction.atomic
def _take_turn(now: dt.datetime) -> list[SocialPublication]:
    """The publications to read now; their next turn is set, so that nobody else reads them meanwhile."""
    free = Q(account__rests_until=None) | Q(account__rests_until__lte=now)
    due = SocialPublication.objects.filter(
        free, state=SocialPublication.State.PUBLISHED, read_at__lte=now, account__disabled_at=None
    ).exclude(provider_id="")
    rows = claim_rows(due.order_by("read_at"), limit=BATCH)
    for row in rows:
        SocialPublication.objects.filter(pk=row.pk).update(read_at=_next(row, now))
    return sorted(rows, key=attrgetter("account_id"))


def _next(row: SocialPublication, now: dt.datetime) -> dt.datetime | None:
    age = now - (row.published_at or now)
    return next((now + pause for until, pause in _PACE if age < until), None)


def _read(account: ChannelAccount, rows: Sequence[SocialPublication], clock: Clock) -> None:
    """Counts of all of them in one request, then the replies below each."""

    def figures(client: SocialClient) -> dict[str, Figures]:
        return client.figures([row.provider_id for row in rows])

    counted = social.act(account, figures, clock.now())
    for row in rows:
        if row.provider_id in counted:
            keep_figures(row, counted[row.provider_id], clock.now())

    for row in rows:

        def below(client: SocialClient, row: SocialPublication = row) -> Comments:
            return client.comments(row.provider_id, row.since)

        keep_comments(row, social.act(account, below, clock.now()), clock)


def keep_figures(row: SocialPublication, figures: Figures, now: dt.datetime) -> None:
    SocialPublication.objects.filter(pk=row.pk).update(
        likes=figures.likes,
        shares=figures.shares,
        replies_count=figures.replies,
        views=figures.views,
        figures_at=now,
    )


@transaction.atomic
def keep_comments(row: SocialPublication, comments: Comments, clock: Clock) -> None:
    """Keeps what is new; of what is there no longer, the words go here too."""
    for comment in comments.rows:
        keep_comment(row, comment, clock)
    if comments.is_complete:
        present = {_digest(row, comment.provider_id) for comment in comments.rows}
        for reply in row.replies.filter(removed_at=None).exclude(digest__in=present):
            _remove(reply, clock.now())
    if comments.since != row.since:
        SocialPublication.objects.filter(pk=row.pk).update(since=comments.since[:64])


@transaction.atomic
def keep_comment(row: SocialPublication, comment: Comment, clock: Clock) -> SocialReply | None:
    """Keeps one reply as a message of a person; None when it was kept before, or is our own answer."""
    digest = _digest(row, comment.provider_id)
    present = row.replies.filter(digest=digest).first()
    if comment.is_removed or present is not None:
        if present is not None and comment.is_removed and present.removed_at is None:
            _remove(present, clock.now())
        return None
    ours = SocialPublication.objects.filter(account_id=row.account_id, provider_id=comment.provider_id)
    if not comment.provider_id or ours.exists():
        return None
    message = replies.keep_reply(
        channel=row.account.channel,
        reply=Reply(
            comment.provider_id,
            comment.author,
            comment.text,
            comment.at,
            name=comment.name,
            subject=row.post.name,
        ),
        account=row.account,
        clock=clock,
    )
    if message is None:
        return None
    return SocialReply.objects.create(
        publication=row,
        message=message,
        digest=digest,
        provider_id=comment.provider_id[:254],
        parent_id=comment.parent_id[:254],
        handle=comment.handle[:254],
        url=comment.url[:500] if comment.url.startswith("https://") else "",
        written_at=message.received_at,
    )


def take_told(account: ChannelAccount, comments: Sequence[Comment], clock: Clock) -> int:
    """Keeps what a network's call told of; comments below posts that are not ours are left out."""
    kept = 0
    for comment in comments:
        row = (
            SocialPublication.objects.filter(account=account, provider_id=comment.post_id, is_answer=False)
            .select_related("post", "account")
            .first()
        )
        if row is not None and keep_comment(row, comment, clock) is not None:
            kept += 1
    return kept


def _remove(reply: SocialReply, now: dt.datetime) -> None:
    """Its author, or the network, took it away: so do we."""
    SocialReply.objects.filter(pk=reply.pk).update(removed_at=now)
    if reply.message is not None:
        replies.blank(reply.message)


def _digest(row: SocialPublication, provider_id: str) -> str:
    return crypto.address_hash(row.account.channel, provider_id)
