"""Reads about traits: definitions, what is seen of them, what did not fit, and every change there was."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.core.cache import cache
from django.db.models import QuerySet, Sum
from django.http import Http404

from rapport.core import clickhouse, sql
from rapport.core.access import Actor
from rapport.core.models import Job
from rapport.people.models import RejectedFact, SourceRule, TraitDefinition, TraitRecompute
from rapport.people.values import schema
from rapport.people.values.formatting import format_trait
from rapport.people.values.types import TraitType, infer_type

USAGE_SECONDS, LATELY_SECONDS = 300, 900
USAGE = "people:trait-usage:{entity}"
HISTORY_PAGE = 50


def definitions(entity: str, *, archived: bool = False) -> list[schema.Definition]:
    """Definitions as they stand on a profile: by section and position."""
    definitions_by_key = {definition.key: definition for definition in schema.PREDEFINED[entity]}
    definitions_by_key |= {
        row.key: row.as_definition() for row in TraitDefinition.objects.filter(entity=entity)
    }
    order = [str(schema.IDENTITY), str(schema.CONTACT), str(schema.ABOUT)]

    def place(definition: schema.Definition) -> tuple[int, str, int, str]:
        section = str(definition.section)
        return (
            order.index(section) if section in order else len(order),
            section,
            definition.position,
            definition.key,
        )

    return sorted(
        (definition for definition in definitions_by_key.values() if archived or not definition.is_archived),
        key=place,
    )


def definition_for(entity: str, key: str) -> schema.Definition:
    """Raises Http404."""
    if entity in schema.PREDEFINED:
        for definition in definitions(entity, archived=True):
            if definition.key == key:
                return definition
    raise Http404


@dataclass(slots=True)
class Seen:
    """A trait as it is found on profiles: on how many, and what its values look like."""

    key: str
    count: int = 0
    kind: str = TraitType.TEXT
    example: Any = None

    @property
    def kind_label(self) -> str:
        return str(TraitType(self.kind).label)

    @property
    def text(self) -> str:
        """The example as people read it."""
        return format_trait(self.key, self.example)


def usage(actor: Actor, entity: str, *, lately: bool = False) -> dict[str, Seen]:
    """Every trait that any profile has. Empty while the event store is away.

    Counted at most every five minutes; `lately`, at most every quarter of an hour, for who needs to know which there
    are rather than how many.
    """
    actor.require("people.view")
    name = USAGE.format(entity=entity)
    seen_by_trait: dict[str, Seen] | None = cache.get(f"{name}:lately" if lately else name)
    if seen_by_trait is None:
        try:
            seen_by_trait = _person_usage() if entity == schema.PERSON else _company_usage()
        except ClickHouseError:
            return {}
        cache.set(name, seen_by_trait, USAGE_SECONDS)
        cache.set(f"{name}:lately", seen_by_trait, LATELY_SECONDS)
    return seen_by_trait


def _person_usage() -> dict[str, Seen]:
    rows = clickhouse.rows(
        # By the set of traits that somebody has: there are few sets, however many people.
        "SELECT name, sum(number) AS people FROM ("
        "SELECT arrayJoin(arrayDistinct(arrayMap(path -> splitByChar('.', path)[1], paths))) AS name, number FROM ("
        "SELECT JSONAllPaths(traits) AS paths, count() AS number FROM people FINAL WHERE deleted = 0 GROUP BY paths"
        ")) GROUP BY name ORDER BY name"
    )
    seen_by_trait = {row["name"]: Seen(row["name"], row["people"]) for row in rows}
    _exemplify(seen_by_trait, "people_person")
    return seen_by_trait


def _company_usage() -> dict[str, Seen]:
    rows = sql.run(
        "SELECT k, count(*) FROM people_company, jsonb_object_keys(traits) k WHERE archived_at IS NULL GROUP BY k"
    )
    seen_by_trait = {name: Seen(name, count) for name, count in sorted(rows)}
    _exemplify(seen_by_trait, "people_company")
    return seen_by_trait


def _exemplify(seen_by_trait: dict[str, Seen], table: str) -> None:
    """Types from the values of the profiles that changed last."""
    rows = sql.run(
        "SELECT DISTINCT ON (key) key, value::text FROM"
        f" (SELECT traits FROM {table} WHERE traits <> '{{}}' ORDER BY updated_at DESC LIMIT 500) p,"
        " jsonb_each(p.traits)"
        if table == "people_company"
        else "SELECT DISTINCT ON (key) key, value::text FROM"
        " (SELECT traits FROM people_person WHERE traits <> '{}' AND merged_into_id IS NULL AND erased_at IS NULL"
        " ORDER BY last_seen_at DESC, id LIMIT 500) p, jsonb_each(p.traits)"
    )
    for name, text in rows:
        if name in seen_by_trait:
            seen_by_trait[name].example = json.loads(text)
            seen_by_trait[name].kind = infer_type(seen_by_trait[name].example)


def undefined(actor: Actor, entity: str, *, lately: bool = False) -> list[Seen]:
    """Traits that are seen and not defined, the most frequent first."""
    defined: set[str] = set()
    for definition in definitions(entity, archived=True):
        defined |= {definition.key, *definition.aliases}
    seen = usage(actor, entity, lately=lately).values()
    return sorted(
        (trait for trait in seen if trait.key not in defined), key=lambda trait: (-trait.count, trait.key)
    )


def computed(entity: str) -> set[str]:
    """Traits that Rapport works out by itself, which nobody needs to define; told by a sample of people."""
    if entity != schema.PERSON:
        return set()
    rows = sql.run(
        "SELECT DISTINCT f.key FROM (SELECT trait_facts FROM people_person WHERE is_identified"
        " LIMIT 500) p, jsonb_each(p.trait_facts) f"
        " WHERE split_part(f.value->>'source', ':', 1) = ANY(%b)",
        [sorted(schema.COMPUTED)],
    )
    return {name for (name,) in rows}


def refusals(entity: str) -> dict[str, list[tuple[str, int]]]:
    """{trait: [(source, how many of its values did not fit)]}, the most frequent first."""
    rows = (
        RejectedFact.objects.filter(entity=entity)
        .values_list("trait", "source")
        .annotate(number=Sum("times"))
        .order_by("-number", "source")
    )
    reasons: dict[str, list[tuple[str, int]]] = {}
    for trait, source, number in rows:
        reasons.setdefault(trait, []).append((source, number))
    return reasons


def refused_of(subject_ids: Iterable[uuid.UUID], entity: str = schema.PERSON) -> QuerySet[RejectedFact]:
    """What was said of these and did not fit, newest first."""
    return RejectedFact.objects.filter(entity=entity, subject_id__in=list(subject_ids)).order_by("-at", "pk")


def rules(entity: str) -> list[SourceRule]:
    """Source rules, the default first."""
    return list(SourceRule.objects.filter(entity=entity).order_by("trait"))


def recomputes(limit: int = 5) -> list[TraitRecompute]:
    """The newest computations that were not replaced by another."""
    rows = TraitRecompute.objects.exclude(job__state=Job.State.CANCELLED).select_related("job")
    return list(rows.order_by("-pk")[:limit])


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one value."""

    trait: str
    at: dt.datetime
    recorded_at: dt.datetime
    old: Any
    new: Any
    source: str
    message_id: str
    actor: str


def history(
    subject_ids: Iterable[uuid.UUID], *, trait: str = "", before: str = "", limit: int = HISTORY_PAGE
) -> list[Change]:
    """Changes of these, newest first; `before` is a `recorded_at` to go on from."""
    rows = clickhouse.rows(
        "SELECT trait, at, recorded_at, old, new, source, message_id, actor FROM trait_history"
        " WHERE person_id IN {ids:Array(UUID)} AND ({trait:String} = '' OR trait = {trait:String})"
        " AND ({before:String} = '' OR recorded_at < parseDateTime64BestEffortOrZero({before:String}, 3, 'UTC'))"
        " ORDER BY recorded_at DESC, at DESC, trait LIMIT {limit:UInt32}",
        {
            "ids": [str(id_) for id_ in subject_ids],
            "trait": trait,
            "before": before,
            "limit": limit,
        },
    )
    return [_change(row) for row in rows]


def _change(row: dict[str, Any]) -> Change:
    times = {name: row[name].replace(tzinfo=dt.UTC) for name in ("at", "recorded_at")}
    return Change(**(row | times | {"old": _value(row["old"]), "new": _value(row["new"])}))


def _value(text: str) -> Any:
    return json.loads(text) if text else None


def seen_last(people: int) -> list[str]:
    """The traits of so many people, those seen last, the most frequent first."""
    rows = sql.run(
        "SELECT key FROM (SELECT traits FROM people_person WHERE merged_into_id IS NULL AND erased_at IS NULL"
        " ORDER BY last_seen_at DESC LIMIT %b) AS p, jsonb_object_keys(traits) AS key"
        " GROUP BY key ORDER BY count(*) DESC, key LIMIT 300",
        [people],
    )
    return [name for (name,) in rows]


def json_types(traits: Sequence[str]) -> dict[str, list[str]]:
    """{trait: the JSON types its values have}."""
    rows = sql.run(
        "SELECT key, array_agg(DISTINCT jsonb_typeof(traits -> key)) FROM people_person, unnest(%b::text[]) AS key"
        " WHERE traits ? key AND merged_into_id IS NULL GROUP BY key",
        [list(traits)],
    )
    return dict(rows)
