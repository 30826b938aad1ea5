"""What a chunk of rows means for known and new people: the same decisions for the dry run and for the run.

The two differ only in the `Store` beneath: one writes, the other remembers in temporary tables what would be.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from rapport.people import identity_types
from rapport.people.services.new_people import NewPerson
from rapport.people.services.policy import Policy, Refusal
from rapport.people.services.traits import newer
from rapport.transfers.imports import suppression_columns
from rapport.transfers.imports.drafts import Chunk, Draft
from rapport.transfers.imports.services.contested import Contested
from rapport.transfers.imports.services.settling import Settling

Identifier = tuple[str, str]


@dataclass(slots=True)
class Rules:
    """How rows meet people: the mapping's policies, and what the facts of this import look like."""

    policy: str
    ambiguous: str
    source: str
    token: str
    at: dt.datetime
    traits: Policy
    naming: frozenset[str]

    @property
    def version(self) -> str:
        """What newcomers are written down under: the same as long as nothing of it changes."""
        return " ".join([self.traits.version, *sorted(self.naming)])

    def newcomer(self, draft: Draft, traits: dict[str, Any]) -> NewPerson:
        """The person of a row whom nobody knows; `traits` are settled."""
        return NewPerson(
            draft.identifiers, draft.first_seen or self.at, draft.identifiers[0][0] in self.naming,
            traits, self.stated_at(draft), self.message_id(draft.number),
        )  # fmt: skip

    def message_id(self, row: int) -> str:
        """The same for a row whenever it is imported from this file: what makes repeating safe."""
        return f"{self.token}-{row:010}"

    def stated_at(self, draft: Draft) -> dt.datetime:
        """When a row's values were true: its own date where newer ones win, else the start of the run."""
        return (draft.changed_at if self.policy == "newer" else None) or self.at

    def fact(self, placed: Placed) -> dict[str, str]:
        stamp = self.stated_at(placed.draft).astimezone(dt.UTC).isoformat(timespec="microseconds")
        return {"at": stamp, "source": self.source, "message_id": self.message_id(placed.draft.number)}


class Placed(msgspec.Struct, gc=False):
    """A row and what becomes of it. `before` is {trait: (value or None, fact or None)} of what it changes.

    `traits` are the draft's by their proper names and types, `refused` those that do not fit; `is_ready` says that the
    traits came so, and that the row is among the chunk's newcomers.
    """

    draft: Draft
    outcome: str = ""
    problem: tuple[str, str] | None = None
    person: uuid.UUID | None = None
    is_new: bool = False
    repeated: bool = False
    sees: list[Identifier] = []
    linked: list[Identifier] = []
    traits: dict[str, Any] = {}
    refused: list[Refusal] = []
    values: dict[str, Any] = {}
    before: dict[str, tuple[Any, dict[str, Any] | None]] = {}
    first_seen: dt.datetime | None = None
    company: uuid.UUID | None = None
    undo: dict[str, Any] = {}
    changed_more: bool = False
    is_ready: bool = False

    def left_out(self) -> list[tuple[str, str, str]]:
        """(column, code, value) of what did not come in, or was read in another way, though the row came in."""
        if self.problem or self.outcome == "skipped":
            return []
        refused = [(refusal.trait, refusal.reason, str(refusal.value)[:120]) for refusal in self.refused]
        return self.draft.notes + refused

    def reject(self, code: str, words: str) -> None:
        self.outcome, self.problem = "rejected", (code, words)


@dataclass(slots=True)
class Stored:
    """A person as stored. `traits` and `origins` are replaced, never changed in place."""

    traits: dict[str, Any]
    origins: dict[str, Any]
    first_seen: dt.datetime


class Store(Protocol):
    """Where people are looked up and put."""

    def owners(self, identifiers: Collection[Identifier]) -> dict[Identifier, uuid.UUID]: ...

    def place(self, fresh: list[Placed], others: list[Placed]) -> None:
        """Gives each row its person; sets `person`, `is_new`, `linked`. `fresh` rows share nothing with anybody."""

    def stored(self, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Stored]: ...

    def holders(self, kind: str, people: Collection[uuid.UUID]) -> set[uuid.UUID]: ...


def plan(chunk: Chunk, store: Store, rules: Rules) -> list[Placed]:
    """Decides about every row, in order, and has people placed. Traits and the rest are the caller's to write."""
    rows = [Placed(draft) for draft in chunk.drafts]
    if chunk.newcomers and chunk.newcomers.version == rules.version:
        for row, is_ready in zip(rows, chunk.newcomers.ready, strict=True):
            row.is_ready = is_ready
    for row in rows:
        if row.draft.problem and row.draft.problem[0] == "excluded":
            row.outcome, row.problem = "skipped", row.draft.problem
        elif row.draft.problem:
            row.reject(*row.draft.problem)
    _refuse([row for row in rows if not row.outcome])
    due = [row for row in rows if not row.outcome]
    settling = Settling(rules.traits)
    for row in due:
        if row.is_ready:
            row.traits = row.draft.traits
        else:
            row.traits, row.refused = settling.of(row.draft.traits, row.draft.identifiers)
    fresh, others = _meet(due, store, rules)
    store.place(fresh, others)
    _compare(others, fresh, store, rules)
    return rows


def _refuse(rows: list[Placed]) -> None:
    refused = suppression_columns.refuse_erased([row.draft.identifiers for row in rows])
    for index, words in refused.items():
        rows[index].reject("refused", words)


def _meet(rows: list[Placed], store: Store, rules: Rules) -> tuple[list[Placed], list[Placed]]:
    """(rows of new people, rows of people who are known or came earlier in the chunk)."""
    identifiers_of = [identifier for row in rows for identifier in row.draft.identifiers]
    distinct = set(identifiers_of)
    owners: dict[Identifier, Any] = dict(store.owners(distinct))
    if not owners and len(distinct) == len(identifiers_of):
        return _strangers(rows, rules)
    fresh: list[Placed] = []
    others: list[Placed] = []
    single = _single()
    contested = Contested([row.draft for row in rows], owners, store)
    for row in rows:
        identifiers = row.sees = contested.left(row.draft, owners)
        matches = [owners[identifier] for identifier in identifiers if identifier in owners]
        if len(matches) > 1:
            matches = list(dict.fromkeys(matches))
        if not matches:
            if rules.policy == "update":
                row.outcome = "skipped"
                continue
            (fresh if _is_alone(row, single) else others).append(row)
            contested.note(identifiers, row.draft.number)
            for identifier in identifiers:
                owners[identifier] = row.draft.number
        elif _admit(row, matches, owners, rules):
            row.repeated = isinstance(matches[0], int)
            others.append(row)
            contested.note(identifiers, matches[0])
            for identifier in identifiers:
                owners.setdefault(identifier, matches[0])
    return fresh, others


def _strangers(rows: list[Placed], rules: Rules) -> tuple[list[Placed], list[Placed]]:
    """The same for rows of which nobody is known and no two share an identifier."""
    fresh: list[Placed] = []
    others: list[Placed] = []
    single = _single()
    for row in rows:
        row.sees = row.draft.identifiers
        if rules.policy == "update":
            row.outcome = "skipped"
        else:
            (fresh if _is_alone(row, single) else others).append(row)
    return fresh, others


def _single() -> frozenset[str]:
    return frozenset(kind for kind, rule in identity_types.refresh().by_key.items() if rule.unique)


def _is_alone(row: Placed, single: frozenset[str]) -> bool:
    """Whether the row's person can be put in as it is. Identity resolution knows the limits of types, and those that
    identify nobody.
    """
    kinds = {identifier[0] for identifier in row.sees}
    return len(kinds) == len(row.draft.identifiers) and kinds <= single


def _admit(row: Placed, placed: list[Any], owners: dict[Identifier, Any], rules: Rules) -> bool:
    """Whether a row about somebody known comes in."""
    if rules.policy == "create":
        row.outcome = "skipped"
        return False
    if len(placed) > 1:
        if rules.ambiguous == "reject":
            names = ", ".join(f"{kind} {value}" for kind, value in row.draft.identifiers)
            row.reject("ambiguous", f"the identifiers belong to {len(placed)} different people: {names}")
            return False
        if rules.ambiguous == "strongest":
            row.sees = [id_ for id_ in row.draft.identifiers if owners.get(id_) in (None, placed[0])]
    return True


def _compare(rows: list[Placed], fresh: list[Placed], store: Store, rules: Rules) -> None:
    """What each row changes of what is known, one after another, so that later rows see earlier ones."""
    stored = store.stored({row.person for row in rows if row.person})
    for row in fresh if stored else ():
        if row.person in stored and row.is_new:
            stored[row.person].traits = row.values
            stored[row.person].origins = dict.fromkeys(row.values, rules.fact(row))
    for row in rows:
        if row.person is None:
            row.reject("nobody", "the identifiers name nobody")
            continue
        person = stored[row.person]
        fact = rules.fact(row)
        row.repeated = row.repeated or _met(person, rules.token)
        for name, value in _wanted(row, person, rules, fact).items():
            row.before[name] = (person.traits.get(name), person.origins.get(name))
            row.values[name] = value
        if row.values:
            person.traits = person.traits | row.values
            person.origins = person.origins | dict.fromkeys(row.values, fact)
        if row.draft.first_seen and row.draft.first_seen < person.first_seen and not row.is_new:
            row.first_seen, person.first_seen = person.first_seen, row.draft.first_seen


def _met(person: Stored, token: str) -> bool:
    return any(str(fact.get("message_id", "")).startswith(token) for fact in person.origins.values())


def _wanted(row: Placed, person: Stored, rules: Rules, fact: dict[str, str]) -> dict[str, Any]:
    """The traits the row changes under the policy."""
    given = dict(row.traits)
    if "tags" in given and isinstance(person.traits.get("tags"), list):
        given["tags"] = list(dict.fromkeys([*person.traits["tags"], *given["tags"]]))
    different = {name: value for name, value in given.items() if person.traits.get(name) != value}
    if rules.policy == "fill" or (rules.policy == "newer" and row.draft.changed_at is None):
        empty: tuple[Any, ...] = (None, "", [])
        different = {name: value for name, value in different.items() if person.traits.get(name) in empty}
    return {name: value for name, value in different.items() if newer(fact, person.origins.get(name))}


def finish(rows: Sequence[Placed]) -> None:
    """The outcome of rows that came in, once everything they change is known."""
    for row in rows:
        if row.outcome:
            continue
        if row.is_new:
            row.outcome = "created"
        else:
            moved = row.values or row.linked or row.first_seen or row.company or row.changed_more
            row.outcome = "updated" if moved else "unchanged"
