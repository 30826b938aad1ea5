"""Writing into connected systems: what waits, opt-outs first, at the pace the other side allows."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from rapport.connectors import queries
from rapport.connectors.asking import UNREADABLE, Api, Denied, Missing, Refused, Trouble
from rapport.connectors.models import Connector, Difference, Outgoing
from rapport.connectors.registry import Raw, Resource, Said, Writing
from rapport.connectors.services import codes, mirroring, ours, standing, taking, working
from rapport.connectors.services.deciding import CONSENT, NEWEST, THEIRS, Verdict, decide, hashed
from rapport.connectors.services.mirroring import CUSTOMERS
from rapport.connectors.telling import Call, Who, identified
from rapport.core import jobs
from rapport.events.services import log

logger = logging.getLogger("rapport.connectors")
State = Outgoing.State
BATCH = 100
LONGEST = dt.timedelta(hours=1)


def write(job: jobs.RunningJob) -> dict[str, int]:
    """The job: everything that is due, as it holds then."""
    done = 0
    with working.at_work(job) as (connector, api):
        while rows := _due(connector, job.clock.now()):
            by_customer = _ours(connector, rows)
            for row in rows:
                try:
                    _one(job, connector, api, row, by_customer)
                except Trouble as error:
                    _put_off(connector, job.clock.now(), error)
                    raise
                done += 1
    return {"written": done}


def _due(connector: Connector, now: dt.datetime) -> list[Outgoing]:
    waiting = connector.outgoing.filter(state=State.WAITING, due_at__lte=now)
    return list(waiting.order_by("-is_urgent", "due_at", "pk")[:BATCH])


def _ours(connector: Connector, rows: list[Outgoing]) -> Mapping[str, ours.Ours]:
    writing = queries.kind_of(connector).writing
    names = [row.subject for row in rows if row.thing == Outgoing.Thing.CUSTOMER]
    return ours.of_customers(connector, writing, names) if writing and names else {}


def _put_off(connector: Connector, now: dt.datetime, error: Trouble) -> None:
    """All wait longer with each failure, an hour at most; nothing is given up."""
    wait = min(dt.timedelta(minutes=2 ** min(connector.failures, 6)), LONGEST)
    waiting = connector.outgoing.filter(state=State.WAITING, due_at__lte=now)
    waiting.update(due_at=now + wait, tries=F("tries") + 1, reason=str(error)[:500])


def _one(
    job: jobs.RunningJob, connector: Connector, api: Api, row: Outgoing, by_customer: Mapping[str, ours.Ours]
) -> None:
    try:
        state = _written(job, connector, api, row, by_customer.get(row.subject))
    except Denied:
        raise
    except Refused as error:
        if row.is_urgent:  # it may be an opt-out: that is never given up
            later = job.clock.now() + min(dt.timedelta(minutes=2 ** min(row.tries, 11)), dt.timedelta(days=1))
            rows = Outgoing.objects.filter(pk=row.pk, queued_at=row.queued_at)
            rows.update(due_at=later, tries=F("tries") + 1, reason=str(error)[:500])
            return
        _settle(job, row, State.REFUSED, reason=str(error))
    else:
        if state:
            _settle(job, row, state)


def _written(
    job: jobs.RunningJob, connector: Connector, api: Api, row: Outgoing, own: ours.Ours | None
) -> str:
    """The state of a code or a note; customers settle theirs. An answer that is unreadable holds up no other row."""
    writing = queries.kind_of(connector).writing
    if writing is None:
        raise Refused(_("Nothing can be written there."))
    try:
        if row.thing != Outgoing.Thing.CUSTOMER:
            return codes.write(connector, api, writing, row, job.clock.now())
        _customer(job, connector, api, writing, row, own)
    except UNREADABLE as error:
        logger.warning("%s %s could not be written (%s)", row.thing, row.subject, type(error).__name__)
        raise Refused(taking.reason_of(error)) from error
    return ""


@transaction.atomic
def _settle(job: jobs.RunningJob, row: Outgoing, state: str, *, reason: str = "", **fields: object) -> None:
    """Notes how it ended, unless it was queued again meanwhile: then it goes on waiting."""
    now = job.clock.now()
    if state == State.WRITTEN:
        fields["text"] = ""
    if fields:
        Outgoing.objects.filter(pk=row.pk).update(**fields)
    if row.thing == Outgoing.Thing.CUSTOMER and state in (State.WRITTEN, State.EQUAL):
        # Nobody needs to decide any more what both sides say alike meanwhile.
        Difference.objects.filter(connector=row.connector_id, customer=row.subject, winner="").delete()
    Outgoing.objects.filter(pk=row.pk, queued_at=row.queued_at).update(
        state=state, reason=reason[:500], done_at=now, is_urgent=False
    )
    job.step()


@dataclass(slots=True)
class _Meeting:
    """Both sides of a customer, and what is decided of each field."""

    ours: ours.Ours
    theirs: dict[str, Said]
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def won(self, winner: str) -> dict[str, Said]:
        return {
            name: self.ours.says[name] for name, verdict in self.verdicts.items() if verdict.winner == winner
        }


def _customer(
    job: jobs.RunningJob,
    connector: Connector,
    api: Api,
    writing: Writing,
    row: Outgoing,
    own: ours.Ours | None,
) -> None:
    if own is None:
        return _settle(job, row, State.REFUSED, reason=_("Nobody here is this customer (any more)."))
    if own.reason:
        return _settle(job, row, State.REFUSED, reason=_("Processing is restricted for this person."))
    if _is_in_step(row, own):
        return _settle(job, row, State.EQUAL, base=_bases(row.base, own.says, row.theirs))
    resource = _customers(connector)
    try:
        raw = resource.single(api, row.subject)
    except Missing as error:
        raise Refused(_("There is no such customer there (any more).")) from error
    taken = taking.read(connector, resource, [raw], job.clock.now())
    meeting = _met(connector, row, own, mirroring.trimmed(connector, writing.fields_in(raw)))
    changes = meeting.won("ours")
    answer = raw
    for part in _in_turn(_with_tags(connector, writing, raw, changes)):
        answer = writing.write(api, answer, part)
    with transaction.atomic():
        taking.write(connector, resource, taken, job.clock.now(), announce=True)
        standing.count(connector, api, job.clock.now(), records=1, events=len(taken.events))
        _keep(job, connector, writing, row, meeting, answer)
    return None


def _in_turn(changes: dict[str, Said]) -> list[dict[str, Said]]:
    """Consents first and by themselves: an opt-out does not wait for an address that is refused."""
    consents = {name: content for name, content in changes.items() if name.startswith(CONSENT)}
    others = {name: content for name, content in changes.items() if name not in consents}
    return [part for part in (consents, others) if part]


def _is_in_step(row: Outgoing, own: ours.Ours) -> bool:
    """Whether there is nothing to ask: by the hashes of what was read last."""

    def agrees(name: str) -> bool:
        here, there = hashed(own.says[name].value), row.theirs.get(name)
        return bool(here == there or [here, there] == row.base.get(name))

    return row.theirs_at is not None and all(map(agrees, own.says))


def _met(connector: Connector, row: Outgoing, own: ours.Ours, theirs: dict[str, Said]) -> _Meeting:
    meeting = _Meeting(own, theirs)
    settled = {entry.field: entry for entry in connector.differences.filter(customer=row.subject)}
    for name, content in own.says.items():
        if name not in theirs:
            continue  # its API does not give this field
        rule = connector.rules.get(name, NEWEST)
        verdict = decide(name, content, theirs[name], row.base.get(name, ()), rule)
        chosen = settled.get(name)
        if verdict.why and chosen and chosen.why == "by_hand" and _is_same(chosen, content, theirs[name]):
            verdict = Verdict(chosen.winner, "by_hand")
        meeting.verdicts[name] = verdict
    return meeting


def _is_same(entry: Difference, own: Said, theirs: Said) -> bool:
    return bool(entry.ours == own.value and entry.theirs == theirs.value)


def _with_tags(connector: Connector, writing: Writing, raw: Raw, changes: dict[str, Said]) -> dict[str, Said]:
    """The shop's own tags stay."""
    if "tags" not in changes:
        return changes
    others = set(writing.fields_in(raw)["tags"].value or ()) - ours.managed(connector)
    return {**changes, "tags": Said(sorted(others | set(changes["tags"].value)))}


def _keep(
    job: jobs.RunningJob,
    connector: Connector,
    writing: Writing,
    row: Outgoing,
    meeting: _Meeting,
    answer: Raw,
) -> None:
    resource, now = _customers(connector), job.clock.now()
    after = mirroring.trimmed(connector, writing.fields_in(answer))
    theirs = mirroring.digests(connector, after, meeting.ours.says)
    _note_differences(connector, row.subject, meeting, now)
    _tell_theirs(connector, row.subject, meeting, now)
    undecided = meeting.won("ask")
    base = _bases(
        row.base,
        {name: content for name, content in meeting.ours.says.items() if name not in undecided},
        theirs,
    )
    missing = sorted(set(meeting.ours.says) - set(meeting.theirs))
    reason = _("Its API does not give %(fields)s.") % {"fields": ", ".join(missing)} if missing else ""
    written = meeting.won("ours")
    state = State.WRITTEN if written else State.REFUSED if missing else State.EQUAL
    changed = {"theirs": theirs, "theirs_at": resource.changed(answer) or row.theirs_at or now, "base": base}
    if written:
        changed["echo"] = mirroring.fingerprint(resource.read(answer, taking.context_of(connector)))
    _settle(job, row, State.OPEN if undecided else state, reason=reason, **changed)


def _bases(
    base: dict[str, list[str]], says: Mapping[str, Said], theirs: Mapping[str, str]
) -> dict[str, list[str]]:
    in_step = {
        name: [hashed(content.value), theirs[name]] for name, content in says.items() if name in theirs
    }
    return {**base, **in_step}


def _note_differences(connector: Connector, customer: str, meeting: _Meeting, now: dt.datetime) -> None:
    rows = [
        Difference(
            connector=connector, customer=customer, field=name, ours=meeting.ours.says[name].value,
            theirs=meeting.theirs[name].value, winner="" if verdict.winner == "ask" else verdict.winner,
            why=verdict.why, at=now,
        )
        for name, verdict in meeting.verdicts.items()
        if verdict.why and verdict.why != "by_hand"
    ]  # fmt: skip
    Difference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["connector", "customer", "field"],
        update_fields=["ours", "theirs", "winner", "why", "by", "at"],
    )  # fmt: skip


def _tell_theirs(connector: Connector, customer: str, meeting: _Meeting, now: dt.datetime) -> None:
    """Where the shop's value won against ours, it is content anew, so that it is the newest here as well."""
    lost = {name: meeting.theirs[name] for name in meeting.won(THEIRS) if meeting.verdicts[name].why}
    who = Who({"store_customer_id": ours.prefix(connector) + customer})
    id = f"decided:{customer}:{now.timestamp():.0f}"
    traits = {name: content.value for name, content in lost.items() if not name.startswith(CONSENT)}
    calls = [identified(id, now, who, **traits)] if traits else []
    for name, content in lost.items():
        if name.startswith(CONSENT):
            event = "Consent Granted" if content.value == "subscribed" else "Consent Withdrawn"
            channel = name.removeprefix(CONSENT)
            properties = {"purpose": ours.purpose_of(connector), "channel": channel}
            calls.append(Call(event, f"{id}:{channel}", now, who, properties))
    if calls:
        log.append(connector.source_id, [call.event_for_log(now) for call in calls], now)


def _customers(connector: Connector) -> Resource:
    resource = queries.kind_of(connector).resource(CUSTOMERS)
    assert resource is not None
    return resource
