"""Customers as they are read, beside what was written to them: our own writing is no news, and an opt-out stays one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rapport.connectors import queries
from rapport.connectors.models import Connector, Outgoing
from rapport.connectors.registry import Raw, Resource, Said, Told, Writing
from rapport.connectors.services import ours, queueing
from rapport.connectors.services.deciding import CONSENT, IN, OUT, hashed
from rapport.connectors.telling import Call
from rapport.governance.models import Consent
from rapport.people.models import Identifier

CUSTOMERS = "customers"
FIRST = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(slots=True)
class Mirror:
    """The customers on a page beside what they were. `seen` collects what they say now, `kept` whose opt-out stands."""

    connector: Connector
    resource: Resource
    writing: Writing
    rows: dict[str, Outgoing]
    opted_out: dict[str, set[str]]
    seen: dict[str, tuple[dict[str, Said], dt.datetime]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)

    def news(self, name: str, raw: Raw, record: Told) -> list[Call]:
        """What of a record is news: nothing that we wrote, and no consent against an opt-out not seen there."""
        self.seen[name] = (self.writing.fields_in(raw), self.resource.changed(raw) or FIRST)
        row = self.rows.get(name)
        if row and row.echo and row.echo == fingerprint(record):
            return []
        out = {channel for who in (name, *_addresses(record)) for channel in self.opted_out.get(who, ())}
        news = [call for call in record.calls if not _is_consent(call, out)]
        lapsed = self._lapsed(name, record)
        if len(news) < len(record.calls):
            self.kept.add(name)
        return news + lapsed

    def _lapsed(self, name: str, record: Told) -> list[Call]:
        """Opt-outs in shops that say no more than that there is no consent: where there was one before."""
        row, (values, at) = self.rows.get(name), self.seen[name]
        if row is None or not record.calls or (row.theirs_at and at < row.theirs_at):
            return []
        return [
            Call(
                "Consent Withdrawn", f"customers:{name}:{channel}:lapsed:{at.timestamp():.0f}", at, record.calls[0].who,
                {"purpose": ours.purpose_of(self.connector), "channel": channel},
            )
            for channel in self.writing.channels
            if (now := values.get(CONSENT + channel)) and now.value not in (IN, OUT)
            and row.theirs.get(CONSENT + channel) == hashed(IN)
        ]  # fmt: skip

    def write(self, now: dt.datetime) -> None:
        """Keeps hashes of what they say, and has opt-outs written that were not seen there; in a transaction."""
        fields = _watched(self.connector, self.writing)
        rows = []
        for name, (content, at) in self.seen.items():
            row = self.rows.get(name) or Outgoing(
                connector=self.connector, thing=Outgoing.Thing.CUSTOMER, subject=name,
                state=Outgoing.State.EQUAL, queued_at=now, due_at=now,
            )  # fmt: skip
            if row.theirs_at is None or at >= row.theirs_at:
                row.theirs = digests(self.connector, content, fields)
                row.theirs_at = at
                rows.append(row)
        Outgoing.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["connector", "thing", "subject"],
            update_fields=["theirs", "theirs_at"], batch_size=1_000,
        )  # fmt: skip
        queueing.queue(self.connector, Outgoing.Thing.CUSTOMER, self.kept, now, urgent=True)


def of(connector: Connector, resource: Resource, rows: Iterable[Raw]) -> Mirror | None:
    """None where nothing of customers is written, or these are none."""
    writing = queries.kind_of(connector).writing if resource.key == CUSTOMERS else None
    if writing is None or not _watched(connector, writing):
        return None
    names = [str(row.get("id", ""))[:200] for row in rows]
    existing = connector.outgoing.filter(thing=Outgoing.Thing.CUSTOMER, subject__in=names)
    result = {row.subject: row for row in existing}
    return Mirror(connector, resource, writing, result, _opted_out(connector, names, rows, result))


def _watched(connector: Connector, writing: Writing) -> set[str]:
    """Fields of which it is kept what they were: those that are written, and consents that are taken over."""
    taken_over = {CONSENT + channel for channel in writing.channels} if ours.purpose_of(connector) else set()
    return {*ours.fields_of(connector, writing), *taken_over}


def digests(connector: Connector, content: dict[str, Said], fields: Iterable[str]) -> dict[str, str]:
    return {
        name: hashed(value.value)
        for name, value in trimmed(connector, content).items()
        if name in set(fields)
    }


def trimmed(connector: Connector, content: dict[str, Said]) -> dict[str, Said]:
    """Of the tags only those that are ours."""
    if "tags" not in content:
        return content
    tags = sorted(ours.managed(connector) & set(content["tags"].value or ()))
    return {**content, "tags": Said(tags)}


def fingerprint(record: Told) -> str:
    """What a record says, whenever it says so."""
    return hashed([(call.event, dict(call.properties)) for call in record.calls])


def _addresses(record: Told) -> Sequence[str]:
    return [address for call in record.calls[:1] for address in call.who.identifiers]


def _is_consent(call: Call, channels: set[str]) -> bool:
    return call.event == "Consent Granted" and call.properties.get("channel") in channels


def _opted_out(
    connector: Connector, names: list[str], rows: Iterable[Raw], existing: dict[str, Outgoing]
) -> dict[str, set[str]]:
    """{customer's id or address: channels on which they opted out here, and it has not been in step there since}."""
    if not connector.writes.get("consent"):
        return {}
    who: dict[uuid.UUID, set[str]] = {}
    for name, person in ours.persons_of(connector, names).items():
        who.setdefault(person, set()).add(name)
    emails = [text.strip().lower() for row in rows if isinstance(text := row.get("email"), str)]
    for person, email in Identifier.objects.filter(type="email", value__in=emails).values_list(
        "person_id", "value"
    ):
        who.setdefault(person, set()).add(email)
    out = Consent.objects.filter(
        person_id__in=who, purpose__key=ours.purpose_of(connector), state=Consent.State.WITHDRAWN
    )
    result: dict[str, set[str]] = {}
    for person, channel in out.values_list("person_id", "channel"):
        bases = [existing[name].base.get(CONSENT + channel) for name in who[person] if name in existing]
        if not any(base and base[0] == hashed(OUT) for base in bases):
            for name in who[person]:
                result.setdefault(name, set()).add(channel)
    return result
