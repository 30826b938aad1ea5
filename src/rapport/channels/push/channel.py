"""The push channel: a message to a person goes to all their devices, over whichever services these have."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils.translation import gettext as _

from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.push import apns, devices, fcm, notes, vapid
from rapport.channels.push.devices import Target
from rapport.channels.push.models import Device
from rapport.channels.push.notes import Service, Sessions, Verdict
from rapport.channels.push.webpush import WebPush
from rapport.channels.registry import Settings, WrongSettings
from rapport.core.clock import SYSTEM, Clock

THREADS = 16
# Devices of so many persons, and none that took a message, say of our settings what each says of itself.
SYSTEMIC = 3
# What a message ends in when no device took it: the first of these that any device answered.
_ORDER = (Result.UNCERTAIN, Result.RETRY, Result.UNREACHABLE, Result.POLICY, Result.REFUSED)
Job = tuple[int, Target]


def services(settings: Settings, sessions: Sessions) -> dict[str, Service]:
    """The push services that are set up, by kind of device. Raises WrongSettings."""
    ready: dict[str, Service] = {}
    if settings.get("web", True):
        contact = str(settings.get("contact") or "")
        if not contact.startswith(("mailto:", "https://")):
            raise WrongSettings(_("The contact begins with mailto: or https://."), "contact")
        ready[Device.Kind.WEB] = WebPush(vapid.Signer(contact), sessions)
    if settings.get("fcm_account"):
        ready[Device.Kind.FCM] = fcm.Fcm(fcm.account(str(settings["fcm_account"])), sessions)
    if settings.get("apns_key"):
        ready[Device.Kind.APNS] = apns.Apns(apns.key_of(settings), sessions)
    if not ready:
        raise WrongSettings(_("Set up at least one of web push, Firebase and Apple."))
    return ready


def check(settings: Settings) -> None:
    """Raises WrongSettings."""
    services(settings, Sessions())


class PushChannel:
    """Implements `Channel`. One delivery is one person; it is accepted when at least one device took it."""

    key = "push"
    capacity = 64

    def __init__(self, settings: Settings, clock: Clock = SYSTEM) -> None:
        self._sessions = Sessions()
        self._services = services(settings, self._sessions)
        self._proven = bool(settings.get("proven_only"))
        self._clock = clock
        self._threads = ThreadPoolExecutor(THREADS, "push")

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        now = self._clock.now()
        persons = [_person(message) for message in messages]
        targets = devices.living({person for person in persons if person}, proven=self._proven)
        jobs: list[Job] = [
            (at, target)
            for at, person in enumerate(persons)
            for target in targets.get(person, ())  # type: ignore[arg-type]
            if target.kind in self._services
        ]
        opened = [notes.unpacked(message.payload) for message in messages]
        answers = list(
            self._threads.map(lambda job: self._services[job[1].kind].send(job[1], opened[job[0]], now), jobs)
        )
        verdicts = list(zip(jobs, _systemic(jobs, answers), strict=True))
        for because in {verdict.gone for _job, verdict in verdicts if verdict.gone}:
            ended = [target.id for (_place, target), verdict in verdicts if verdict.gone == because]
            devices.end(ended, because, now)
        of_message: list[list[Verdict]] = [[] for _unused in messages]
        for (at, _device), verdict in verdicts:
            of_message[at].append(verdict)
        return [_combined(answered) for answered in of_message]

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self._sessions.close()


def open_channel(settings: Mapping[str, Any]) -> PushChannel:
    """Raises WrongSettings."""
    return PushChannel(settings)


def _person(message: Message) -> uuid.UUID | None:
    try:
        return uuid.UUID(message.recipient)
    except ValueError:
        return None


def _systemic(jobs: Sequence[Job], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts, those that blame devices turned to blame our settings where all devices of a service say the same.

    One foreign device may be a stranger's invention, and a wrong key or environment must not end them all.
    """
    judged = list(verdicts)
    for kind in {target.kind for _place, target in jobs}:
        places = [at for at, (_message, target) in enumerate(jobs) if target.kind == kind]
        foreign = [at for at in places if verdicts[at].foreign]
        if len({jobs[at][0] for at in foreign}) < SYSTEMIC or any(
            verdicts[at].outcome.result is Result.ACCEPTED or (verdicts[at].gone and not verdicts[at].foreign)
            for at in places
        ):
            continue
        for at in foreign:
            outcome = verdicts[at].outcome
            judged[at] = Verdict(Outcome(Result.POLICY, outcome.code, outcome.detail))
    return judged


def _combined(verdicts: Sequence[Verdict]) -> Outcome:
    if not verdicts:
        return Outcome(Result.REFUSED, "no_device", "no device takes messages over this account")
    outcomes = [verdict.outcome for verdict in verdicts]
    taken = [outcome for outcome in outcomes if outcome.result is Result.ACCEPTED]
    if taken:
        return Outcome(
            Result.ACCEPTED, taken[0].code, f"{len(taken)}/{len(outcomes)}", taken[0].provider_id[:254]
        )
    result = next(result for result in _ORDER if any(outcome.result is result for outcome in outcomes))
    chosen = [outcome for outcome in outcomes if outcome.result is result]
    waits = [outcome.retry_after for outcome in chosen if outcome.retry_after is not None]
    return Outcome(result, chosen[0].code, chosen[0].detail, retry_after=max(waits, default=None))
