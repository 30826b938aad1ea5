"""The worker that publishes: claim, commit that it goes out, then publish; what nobody knows is looked for first.

A post is offered again only when the network surely did not take it, knows its reference again, or does not list it
among the account's own posts. What cannot be found out waits for a person.
"""

from __future__ import annotations

import datetime as dt
import logging
from functools import partial
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils.translation import gettext as _

from rapport.campaigns.models import SocialPublication
from rapport.channels.networks import NETWORKS, Failed, Image, Post, Posted, SignedOut, SocialClient
from rapport.channels.protocol import Outcome, Result
from rapport.channels.services import social
from rapport.channels.social.asking import harmless
from rapport.core import jobs
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import incarnations

log = logging.getLogger("rapport.campaigns")
State = SocialPublication.State
LEASE = dt.timedelta(minutes=10)
BATCH = 5
DELETIONS = 8
# What is refused for now is offered until it is late, however often.
UNTIL_LATE = 1_000_000
LOOKS = 6
# A network lists what it just took a little later; so long an uncertain post is not looked for.
SETTLES = dt.timedelta(minutes=1)
# How far the network's clock may be from ours.
SKEW = dt.timedelta(minutes=5)
# From so late on, a post may have gone out before the data were restored, and is looked for first.
LATE = dt.timedelta(minutes=15)
SIGN_IN_AGAIN = dt.timedelta(minutes=10)
FIRST_READ = dt.timedelta(minutes=5)
# What becomes of each when its account was taken out of use.
_STRANDED = {
    State.SCHEDULED: State.FAILED,
    State.PUBLISHING: State.UNCERTAIN,
    State.CHECKING: State.UNCERTAIN,
    State.DELETING: State.PUBLISHED,
}


def run_once(clock: Clock = SYSTEM) -> int:
    """Publishes, looks for and deletes what is due; says how many."""
    now = clock.now()
    free = Q(account__rests_until=None) | Q(account__rests_until__lte=now)
    due = SocialPublication.objects.filter(free, state__in=list(_STRANDED))
    if not due.filter(next_attempt_at__lte=now).exists() or not incarnations.may_send(now):
        return 0
    rows = jobs.claim(due.order_by("next_attempt_at", "pk"), now=now, limit=BATCH, lease=LEASE)
    for row in rows:
        try:
            _work(row, clock)
        except jobs.Lost:
            log.warning("another worker took over the publication %s", row.pk)
        except Exception:  # one that breaks us does not hold up the others; its lease lets it be tried again
            log.exception("the publication %s could not be worked on", row.pk)
    return len(rows)


def _work(row: SocialPublication, clock: Clock) -> None:
    now = clock.now()
    repeats = NETWORKS[row.account.adapter].repeats
    if row.account.disabled_at is not None:
        jobs.release(row, state=_STRANDED[State(row.state)], detail=_("The account is not in use."))
    elif row.state == State.DELETING:
        _delete(row, now)
    elif row.handed_over_at is not None and now - row.handed_over_at < repeats:
        _publish(row, now)
    elif row.handed_over_at is not None:
        _look(row, row.handed_over_at - SKEW, now)
    elif row.expires_at is not None and now > row.expires_at:
        reason = _("It was due too long ago to be published.")
        jobs.release(row, state=State.MISSED, detail=f"{reason} {row.detail}".strip())
    elif row.due_at is not None and now - row.due_at > LATE and row.attempts == 1:
        _look(row, row.due_at - SKEW, now)
    else:
        _publish(row, now)


def _publish(row: SocialPublication, now: dt.datetime) -> None:
    try:
        post = _post(row)
    except OSError as error:
        jobs.release(row, state=State.FAILED, code="image", detail=str(error)[:500])
        return
    before = row.handed_over_at
    jobs.renew(row, now=now, lease=LEASE, state=State.PUBLISHING, handed_over_at=before or now)
    try:
        posted = social.act(row.account, lambda client: client.publish(post), now)
    except SignedOut as error:
        _signed_out(row, before, error, now)
        return
    except Failed as error:  # of the tokens: the post was not offered
        posted = Posted(harmless(error))
    social.note(row.account, None if posted.outcome.result is Result.ACCEPTED else posted.outcome, now)
    _settle(row, before, posted, now)


def _settle(row: SocialPublication, before: dt.datetime | None, posted: Posted, now: dt.datetime) -> None:
    """What follows from what the network said; `before` is when it may have gone out earlier."""
    outcome = posted.outcome
    words = _words(outcome)
    is_there = before is not None and outcome.code == "duplicate" and bool(outcome.provider_id)
    if outcome.result is Result.ACCEPTED or is_there:
        _published(row, posted, now)
    elif before is not None and outcome.code == "duplicate":
        jobs.fail(row, outcome.detail, now=now, attempts=LOOKS, wait=SETTLES, state=State.UNCERTAIN, **words)
    elif outcome.result is Result.UNCERTAIN:
        jobs.release(row, state=State.CHECKING, next_attempt_at=now + SETTLES, **words)
    elif outcome.result in {Result.RETRY, Result.UNREACHABLE}:
        state = State.CHECKING if before else State.SCHEDULED
        jobs.renew(row, now=now, state=state, handed_over_at=before, **words)
        jobs.fail(row, outcome.detail, now=now, attempts=UNTIL_LATE, wait=_wait(row, outcome))
    else:
        jobs.release(row, state=State.FAILED, handed_over_at=None, **words)


def _published(row: SocialPublication, posted: Posted, now: dt.datetime) -> None:
    jobs.release(
        row,
        state=State.PUBLISHED,
        published_at=row.handed_over_at or now,
        provider_id=posted.outcome.provider_id[:254],
        url=posted.url[:500],
        code="",
        detail="",
        read_at=None if row.is_answer else now + FIRST_READ,
    )


def _look(row: SocialPublication, since: dt.datetime, now: dt.datetime) -> None:
    """Is it among the account's own posts? Then it is published; if it is surely not, it is published now."""
    post = _post(row, with_images=False)
    try:
        posted = social.act(row.account, partial(_find, post, since), now)
    except SignedOut as error:
        social.note(row.account, error, now)
        _unknown(row, Outcome(Result.UNREACHABLE, error.code, str(error)), now)
        return
    except Failed as error:
        social.note(row.account, error.outcome, now)
        _unknown(row, error.outcome, now)
        return
    if posted is not None:
        _published(row, posted, now)
    elif row.expires_at is not None and now > row.expires_at:
        detail = _("It is not on the network, and was due too long ago to be published.")
        jobs.release(row, state=State.MISSED, handed_over_at=None, detail=detail)
    else:
        _publish(row, now)


def _find(post: Post, since: dt.datetime, client: SocialClient) -> Posted | None:
    return client.find(post, since)


def _unknown(row: SocialPublication, outcome: Outcome, now: dt.datetime) -> None:
    """It could not be looked for. What may have gone out waits, and in the end for a person.

    What is only late is published where the network lets nobody look: after a restore an owner has decided.
    """
    words = _words(outcome)
    is_hopeless = outcome.result not in {Result.RETRY, Result.UNREACHABLE, Result.UNCERTAIN}
    if row.handed_over_at is None and is_hopeless:
        _publish(row, now)
    elif row.handed_over_at is None:
        row.attempts = 0  # so that it is looked for next time, too
        jobs.renew(row, now=now, attempts=0, **words)
        jobs.fail(row, outcome.detail, now=now, attempts=UNTIL_LATE, wait=_wait(row, outcome))
    else:
        jobs.renew(row, now=now, state=State.CHECKING, **words)
        most = 1 if is_hopeless else LOOKS
        jobs.fail(
            row, outcome.detail, now=now, attempts=most, wait=_wait(row, outcome), state=State.UNCERTAIN
        )


def _words(outcome: Outcome) -> dict[str, Any]:
    return {"code": outcome.code[:40], "detail": outcome.detail[:1000]}


def _wait(row: SocialPublication, outcome: Outcome) -> dt.timedelta:
    """Longer from try to try, and as long as the network asks for."""
    return max(jobs.delay(max(row.attempts, 1)), dt.timedelta(seconds=outcome.retry_after or 0))


def _signed_out(
    row: SocialPublication, before: dt.datetime | None, error: SignedOut, now: dt.datetime
) -> None:
    """Nothing went out. It waits for somebody to connect the account again, as long as it may be late."""
    social.note(row.account, error, now)
    jobs.release(
        row,
        state=State.CHECKING if before else State.SCHEDULED,
        handed_over_at=before,
        next_attempt_at=now + SIGN_IN_AGAIN,
        code=error.code[:40],
        detail=str(error)[:1000],
    )


def _delete(row: SocialPublication, now: dt.datetime) -> None:
    try:
        outcome = social.act(row.account, lambda client: client.delete(row.provider_id), now)
    except SignedOut as error:
        social.note(row.account, error, now)
        outcome = Outcome(Result.REFUSED, error.code, str(error))
    except Failed as error:
        outcome = error.outcome
    if outcome.result is Result.ACCEPTED:
        jobs.release(row, state=State.DELETED, code="", detail="")
        return
    words = _words(outcome)
    if outcome.result in {Result.RETRY, Result.UNREACHABLE, Result.UNCERTAIN}:
        given_up = {"state": State.PUBLISHED, **words}
        jobs.fail(row, outcome.detail, now=now, attempts=DELETIONS, wait=_wait(row, outcome), **given_up)
    else:
        jobs.release(row, state=State.PUBLISHED, **words)


def _post(row: SocialPublication, *, with_images: bool = True) -> Post:
    reply = row.answers
    return Post(
        reference=str(row.pk),
        text=row.whole_text,
        images=[] if row.is_answer or not with_images else _images(row),
        title=row.post.name,
        answers=reply.provider_id if reply else "",
        thread=reply.publication.provider_id if reply else "",
        mention=reply.handle if reply else "",
    )


def _images(row: SocialPublication) -> list[Image]:
    images = []
    for image in row.post.images.order_by("pk"):
        with default_storage.open(image.path) as content:
            images.append(Image(content.read(), image.media_type, image.alt, image.path.rpartition("/")[2]))
    return images
