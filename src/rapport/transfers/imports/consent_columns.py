"""Consent and suppression columns of imported files, and who must not come in again.

A file can say that somebody agreed only with when and how it happened; it never lifts a suppression, and the
ledger's rule that the newest statement counts lets no old file outvote a later withdrawal.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from rapport.core import sql
from rapport.core.access import Actor
from rapport.governance.models import Consent, ConsentRecord, Purpose
from rapport.governance.registry import CONSENT_CHANNELS
from rapport.governance.services import consent
from rapport.transfers.imports.consent_statements import PARTS, statements
from rapport.transfers.imports.registry import Applied, ColumnPart, RowCells


def parts() -> list[ColumnPart]:
    """Every purpose, channel and part that a column may hold."""
    purposes = Purpose.objects.filter(archived_at=None).order_by("position", "key").values_list("key", "name")
    return [
        ColumnPart(f"{key}:{channel.key}:{part}", f"{name} · {channel.key} · {label}")
        for key, name in purposes
        for channel in CONSENT_CHANNELS
        for part, label in PARTS.items()
    ]


def suggest(header: str, _samples: list[str]) -> str:
    """Columns as our own export names them: consent_newsletter_email_state."""
    pieces = header.strip().lower().split(".")
    if len(pieces) == 4 and pieces[0] == "consent" and pieces[2] in CONSENT_CHANNELS and pieces[3] in PARTS:
        return ":".join(pieces[1:])
    return ""


def check(cells: dict[str, str]) -> str:
    """Why a row's consents cannot be taken, or ""."""
    return "; ".join(statement.problem for statement in statements(cells) if statement.problem)


def _facts(rows_of_cells: Sequence[RowCells], source: str) -> list[consent.ConsentFact]:
    return [
        consent.ConsentFact(
            fact.person_id,
            statement.purpose,
            statement.channel,
            statement.state,
            statement.at or fact.at,
            source,
            fact.message_id,
            {**(statement.evidence or {}), "import": fact.message_id, "double_opt_in": False},
        )
        for fact in rows_of_cells
        for statement in statements(fact.cells)
        if statement.state
    ]


_NEWS = """
SELECT n FROM unnest(%b::int[], %b::uuid[], %b::text[], %b::text[], %b::text[], %b::timestamptz[])
    AS said (n, person, purpose, channel, state, at)
WHERE NOT EXISTS (
    SELECT 1 FROM governance_consentrecord r JOIN governance_purpose p ON p.id = r.purpose_id
    WHERE r.person_id = said.person AND p.key = said.purpose AND r.channel = said.channel
        AND r.state = said.state AND (r.at = said.at OR (said.at = %b AND r.evidence ? 'import')))
"""


def _news(rows_of_cells: Sequence[RowCells], given: list[consent.ConsentFact]) -> list[consent.ConsentFact]:
    """Those that the ledger does not hold yet, whatever file told them before."""
    if not given:
        return []
    # Of people who came with this chunk the ledger holds nothing.
    message_ids = {fact.message_id for fact in rows_of_cells if fact.made}
    rows = [
        (n, f.person_id, f.purpose, f.channel, f.state, f.at)
        for n, f in enumerate(given)
        if f.event_message_id not in message_ids
    ]
    if not rows:
        return given
    found = sql.run(_NEWS, [*(list(column) for column in zip(*rows, strict=True)), rows_of_cells[0].at])
    news = {index for (index,) in found}
    return [fact for n, fact in enumerate(given) if n in news or fact.event_message_id in message_ids]


def apply(actor: Actor, facts: Sequence[RowCells], source: str) -> Applied:
    """Records what is new, in the chunk's transaction."""
    given = _news(facts, _facts(facts, source))
    if not given:
        return Applied()
    before = _standing({fact.person_id for fact in given} - {fact.person_id for fact in facts if fact.made})
    # The import itself says of everybody in `changed` that they are to be looked at again.
    done = consent.record_many(actor=actor, facts=given, mark=False)
    applied = Applied(changed={fact.person_id for fact in given})
    for fact in given:
        key = (fact.person_id, fact.purpose, fact.channel)
        state, record = before.get(key, ("", None))
        undo = applied.undo.setdefault(fact.person_id, {})
        undo.setdefault(f"{fact.purpose}:{fact.channel}", [fact.event_message_id, state, record])
        applied.counts[f"consent {fact.state}"] = applied.counts.get(f"consent {fact.state}", 0) + 1
    if done.refused:
        applied.counts["consent refused"] = len(done.refused)
    return applied


def _standing(people: set[uuid.UUID]) -> dict[tuple[uuid.UUID, str, str], tuple[str, int | None]]:
    """{(person, purpose, channel): (state, ledger line)} as it stands."""
    if not people:
        return {}
    consents = Consent.objects.filter(person_id__in=people)
    rows = consents.values_list("person_id", "purpose__key", "channel", "state", "record_id")
    return {(person, purpose, channel): (state, line) for person, purpose, channel, state, line in rows}


def preview(facts: Sequence[RowCells]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for fact in _news(facts, _facts(facts, "")):
        counts[f"consent {fact.state}"] = counts.get(f"consent {fact.state}", 0) + 1
    return counts


def revert(
    actor: Actor, undo: Mapping[uuid.UUID, Any], source: str, message_id: str, now: dt.datetime
) -> None:
    """Where the file's word still stands, adds a line that says again what stood before, or withdraws."""
    standing = {
        (person, f"{purpose}:{channel}"): source
        for person, purpose, channel, source in Consent.objects.filter(person_id__in=list(undo)).values_list(
            "person_id", "purpose__key", "channel", "record__event_message_id"
        )
    }
    earlier = ConsentRecord.objects.in_bulk(
        [record for previous in undo.values() for _told, _state, record in previous.values() if record]
    )
    decisions = []
    for person, previous in undo.items():
        for key, (told, state, record) in previous.items():
            stands = standing.get((person, key), "")
            # A later chunk of the same file, taken back before, has said again what this one had said.
            if stands != told and not stands.startswith(f"revert-{told.rpartition('-')[0]}-"):
                continue
            purpose, channel = key.rsplit(":", 1)
            line = earlier.get(record)
            evidence = dict(line.evidence) if line and state == "granted" else {}
            decisions.append(
                consent.ConsentFact(
                    person, purpose, channel, "granted" if evidence or state == "granted" else "withdrawn",
                    now, source, message_id, evidence | {"reverts": told}, correction=True,
                )
            )  # fmt: skip
    consent.record_many(actor=actor, facts=decisions)


def stated_by_others(people: Sequence[uuid.UUID], token: str) -> set[uuid.UUID]:
    """Those with a line in the ledger that this import did not write."""
    lines = ConsentRecord.objects.filter(person_id__in=people).exclude(event_message_id__startswith=token)
    return set(
        lines.exclude(event_message_id__startswith=f"revert-{token}").values_list("person_id", flat=True)
    )
