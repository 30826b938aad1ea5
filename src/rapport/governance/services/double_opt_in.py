"""Double opt-in: a sign-up that anybody could have made counts once it is confirmed from the mailbox itself.

Until then it is `pending`, which no gate takes for consent. The mail goes the road of all messages, as one that nobody
can refuse; the link in it is signed, and only POST confirms. Nobody is flooded: so many mails for a request, so many to
an address in a day, whoever signs it up, and so many in an hour by the sign-ups of one website, whose key is public.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Sum
from django.utils.translation import gettext as _

from rapport.core import access, crypto, jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import RunningJob
from rapport.governance import queries
from rapport.governance.consent_rule import PUBLIC_KEY
from rapport.governance.models import Consent, ConsentRecord, ConsentRequest
from rapport.governance.registry import CONFIRMATION_MAILERS, CONSENT_CHANNELS
from rapport.governance.services import consent, suppression
from rapport.governance.services.addresses import addresses_of
from rapport.governance.services.consent import ConsentChange
from rapport.governance.services.proof import proof_in
from rapport.governance.services.standing import Key, still_granted
from rapport.people import queries as people
from rapport.people.models import Identifier, Person

JOB, TOKEN = "governance.confirmation", "consent-confirmation"
ACTOR, SOURCE = access.system("double opt-in"), "confirmation page"
GOOD_FOR = consent.PENDING_FOR
MOST_AT_ONCE = 2000
MOST_MAILS, MOST_A_DAY, BETWEEN = 3, 5, dt.timedelta(minutes=10)
HOUR = dt.timedelta(hours=1)


class NotConfirmable(ValueError):
    """Nothing can be confirmed any more; `reason` is `expired`, `moved` (another address now) or `gone`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def asking_purposes() -> set[str]:
    """The keys of the purposes with double opt-in."""
    return {key for key, purpose in queries.purposes_by_key().items() if purpose.double_opt_in}


def until_confirmed(
    entries: Sequence[ConsentChange],
    purposes: set[str],
    withdrawn: Collection[Key] = (),
    stopped: Collection[Key] = (),
) -> list[ConsentChange]:
    """The same changes, where grants by a public key only ask for a confirmation: those to purposes with double opt-in,
    and those of what the person has `withdrawn`, or what was `stopped` for their address, which only they may undo.

    What is granted already, also for this address, needs none and asks nobody.
    """
    asked_for = [
        entry
        for entry in entries
        if is_confirmable(entry)
        and (entry.purpose in purposes or _key(entry) in withdrawn or _key(entry) in stopped)
    ]
    standing = still_granted(entry.person_id for entry in asked_for).difference(withdrawn)
    changed = {id(entry): replace(entry, state="pending") for entry in asked_for}
    return [
        changed.get(id(entry), entry)
        for entry in entries
        if id(entry) not in changed or _key(entry) not in standing
    ]


def _key(entry: ConsentChange) -> Key:
    return entry.person_id, entry.purpose, entry.channel


def is_confirmable(entry: ConsentChange) -> bool:
    """Whether this is a grant by a public key, on a channel that mail can confirm."""
    return bool(
        entry.state == "granted" and entry.evidence.get(PUBLIC_KEY) and entry.channel in _confirmable()
    )


def granted(persons: Iterable[uuid.UUID]) -> set[tuple[uuid.UUID, str, str]]:
    rows = Consent.objects.filter(person_id__in=set(persons), state="granted")
    return set(rows.values_list("person_id", "purpose__key", "channel"))


def ask(entries: Sequence[ConsentChange], *, clock: Clock = SYSTEM) -> list[ConsentRequest]:
    """Opens requests for what is pending, one for each person and channel, and orders their mails."""
    grouped: dict[tuple[uuid.UUID, str], list[ConsentChange]] = {}
    for entry in entries:
        if entry.state == "pending":
            grouped.setdefault((entry.person_id, entry.channel), []).append(entry)
    reached = addresses_of(grouped)
    return [
        _request(*key, place.current, group, clock)
        for key, group in sorted(grouped.items())
        if (place := reached.get(key)) and place.current
    ]


@transaction.atomic
def request(
    *,
    actor: Actor,
    person_id: uuid.UUID,
    purpose: str,
    channel: str,
    source: str,
    evidence: dict[str, Any] | None = None,
    clock: Clock = SYSTEM,
) -> ConsentRequest | None:
    """Asks a person by mail to confirm; None where they have no address, or consent already.

    Raises InvalidConsent, Http404, PermissionDenied.
    """
    person = people.person_for(actor, person_id)
    if (person.pk, purpose, channel) in granted([person.pk]):
        return None
    line = consent.record(
        actor=actor, person_id=person.pk, purpose=purpose, channel=channel, state="pending", at=clock.now(),
        source=source, evidence=evidence, clock=clock,
    )  # fmt: skip
    assert line is not None
    return ask_again(line, clock=clock)


def ask_again(line: ConsentRecord, *, clock: Clock = SYSTEM) -> ConsentRequest | None:
    """Asks for the confirmation of a pending line of the ledger; None where the person has no address."""
    change = ConsentChange(
        line.person_id, line.purpose.key, line.channel, "pending", line.at, line.source, line.event_message_id,
        line.proof,
    )  # fmt: skip
    return next(iter(ask([change], clock=clock)), None)


def ask_late(*, clock: Clock = SYSTEM) -> int:
    """Asks those who could not be asked when they signed up: their address came later, or is another one now."""
    pending = Consent.objects.filter(
        state="pending", channel__in=_confirmable(), at__gt=clock.now() - GOOD_FOR
    )
    rows = list(
        pending.filter(Exists(Identifier.objects.filter(person_id=OuterRef("person_id"), type="email")))
        .order_by("-at")
        .select_related("record__purpose")[:MOST_AT_ONCE]
    )
    reached = addresses_of((row.person_id, row.channel) for row in rows)
    requests = ConsentRequest.objects.filter(
        person_id__in={row.person_id for row in rows}, confirmed_at=None, expires_at__gt=clock.now()
    )
    asked_at = {(row.person_id, row.channel): row.address_hash for row in requests}
    late = [
        row
        for row in rows
        if (place := reached.get((row.person_id, row.channel)))
        and place.current
        and place.current != asked_at.get((row.person_id, row.channel))
    ]
    for row in late:
        with transaction.atomic():
            ask_again(row.record, clock=clock)
    return len(late)


def _confirmable() -> list[str]:
    """The channels that mail can confirm."""
    return [channel.key for channel in CONSENT_CHANNELS if channel.identifier == "email"]


def _request(
    person_id: uuid.UUID, channel: str, address_hash: str, group: Sequence[ConsentChange], clock: Clock
) -> ConsentRequest:
    now, first = clock.now(), group[0]
    evidence = {key: value for key, value in first.evidence.items() if key != PUBLIC_KEY}
    row = (
        ConsentRequest.objects.select_for_update()
        .filter(person_id=person_id, channel=channel, confirmed_at=None)
        .first()
    )
    if row is None or row.address_hash != address_hash or row.expires_at <= now:
        if row is not None:
            row.delete()
        row = ConsentRequest(person_id=person_id, channel=channel, address_hash=address_hash, purposes=[])
    row.purposes = sorted({*row.purposes, *(change.purpose for change in group)})
    row.is_public = bool(first.evidence.get(PUBLIC_KEY))
    row.evidence, row.source, row.language = evidence, first.source[:120], proof_in(evidence).language[:16]
    row.requested_at, row.expires_at = now, now + GOOD_FOR
    row.save()
    _order_mail(row, clock)
    return row


def _order_mail(row: ConsentRequest, clock: Clock) -> None:
    """By a job: a sign-up does not wait for a mail, and a mail that cannot be ordered now is tried again."""
    if not _may_mail(row, clock.now()):
        return
    key = f"confirmation:{row.pk}:{row.mails}"
    with suppress(jobs.AlreadyQueued):
        jobs.enqueue(actor=ACTOR, kind=JOB, payload={"request": str(row.pk)}, unique_key=key, clock=clock)


def _may_mail(row: ConsentRequest, now: dt.datetime) -> bool:
    if row.mails >= MOST_MAILS or (row.mailed_at and row.mailed_at > now - BETWEEN):
        return False
    lately = ConsentRequest.objects.filter(
        address_hash=row.address_hash, mailed_at__gt=now - dt.timedelta(days=1)
    )
    return (lately.aggregate(mails=Sum("mails"))["mails"] or 0) < MOST_A_DAY


def sources_at_their_limit(now: dt.datetime) -> list[str]:
    """The websites and apps whose sign-ups have caused as many mails in the last hour as they may."""
    if not (most := settings.CONFIRMATIONS_PER_HOUR):
        return []
    lately = ConsentRequest.objects.filter(is_public=True, mailed_at__gt=now - HOUR)
    counted = lately.values_list("source", flat=True).annotate(count=Count("id"))
    return list(counted.filter(count__gte=most))


def send_mail(job: RunningJob) -> None:
    """The job: hands the mail of a request to whoever sends it. Raises Later while its source is at its limit."""
    with transaction.atomic():
        row = ConsentRequest.objects.select_for_update().filter(pk=job.payload["request"]).first()
        now = job.clock.now()
        if row is None or row.confirmed_at or row.expires_at <= now or not _may_mail(row, now):
            return
        if row.is_public and row.source in sources_at_their_limit(now):
            raise jobs.Later(HOUR / 6)
        row.mails, row.mailed_at = row.mails + 1, now
        row.save(update_fields=["mails", "mailed_at"])
        for mailer in CONFIRMATION_MAILERS:
            mailer.send(row, confirmation_url(row), job.clock)


def confirmation_url(row: ConsentRequest) -> str:
    return f"{settings.PUBLIC_URL}/confirm/{crypto.sign(TOKEN, row.pk.bytes)}"


def request_of(token: str, now: dt.datetime) -> tuple[ConsentRequest, Person]:
    """The request of a signed link and whom it is about now (merges followed). Raises BadSignature, NotConfirmable."""
    message = crypto.unsign(TOKEN, token)
    row = ConsentRequest.objects.filter(pk=uuid.UUID(bytes=message)).first() if len(message) == 16 else None
    if row is None:
        raise NotConfirmable("gone")
    survivor = people.survivor_of([row.person_id]).get(row.person_id)
    person = Person.objects.filter(pk=survivor, erased_at=None).first() if survivor else None
    if person is None:
        raise NotConfirmable("gone")
    if row.confirmed_at is None and row.expires_at <= now:
        raise NotConfirmable("expired")
    # Whose mailbox it is not any more learns nothing of the person either.
    place = addresses_of([(person.pk, row.channel)]).get((person.pk, row.channel))
    if place is None or row.address_hash not in place.all:
        raise NotConfirmable("moved")
    return row, person


@transaction.atomic
def confirm(*, token: str, clock: Clock = SYSTEM) -> ConsentRequest:
    """Grants what was signed up for, once; pressing the button again changes nothing.

    Raises BadSignature, NotConfirmable.
    """
    row, person = request_of(token, clock.now())
    row = ConsentRequest.objects.select_for_update().get(pk=row.pk)
    if row.confirmed_at:
        return row
    now = clock.now()
    proof = {
        **row.evidence,
        "double_opt_in": True,
        "requested_at": row.requested_at.isoformat(),
        "confirmed_at": now.isoformat(),
        "requested_from": row.source,
    }
    for purpose in row.purposes:
        consent.record(
            actor=access.for_person(str(person.pk)), person_id=person.pk, purpose=purpose, channel=row.channel,
            state="granted", at=now, source=SOURCE, evidence=proof, clock=clock,
        )  # fmt: skip
    suppression.forgive(
        actor=ACTOR, channel=row.channel, address_hash=row.address_hash,
        until=row.requested_at, reason=_("The mailbox has confirmed a sign-up."), clock=clock,
    )  # fmt: skip
    row.confirmed_at = now
    row.save(update_fields=["confirmed_at"])
    return row
