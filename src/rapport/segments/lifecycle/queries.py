"""Reads of the lifecycle: its stages, where people stand, and who went where."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from django.db.models import Count
from django.db.models.functions import TruncDate

from rapport.core import clickhouse, sql
from rapport.people.models import Person
from rapport.segments.clauses.shorthand import STAGE_TRAIT
from rapport.segments.language import tree
from rapport.segments.models import Lifecycle, Segment, Stage, StageChange, StageDay


def lifecycle() -> Lifecycle | None:
    """The lifecycle, if it was ever set up."""
    return Lifecycle.objects.first()


def traits() -> list[str]:
    """The trait that holds the stage, where there are stages."""
    return [STAGE_TRAIT] if Lifecycle.objects.exists() else []


def in_use() -> Lifecycle | None:
    """The lifecycle, unless it was never set up or has been stopped. One query."""
    return Lifecycle.objects.filter(stopped_at=None).first()


def computed_so_far(lifecycle: Lifecycle) -> int:
    """How many persons the computation under way has dealt with."""
    return lifecycle.job.done if lifecycle.job and lifecycle.started_at else 0


def stages() -> list[Stage]:
    """First match first."""
    return list(Stage.objects.all())


def names() -> dict[str, str]:
    return dict(Stage.objects.values_list("key", "name"))


def choices() -> list[tuple[str, str]]:
    """(key, name), the way of a customer from its beginning."""
    return [(stage.key, stage.name) for stage in reversed(stages())]


def latest(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, tuple[str, dt.datetime]]:
    """{person: the stage that their history ends with, and since when}. One query."""
    statement = """
        SELECT DISTINCT ON (person_id) person_id, stage, since FROM segments_stagechange
        WHERE person_id = ANY(%b::uuid[]) ORDER BY person_id, since DESC, id DESC
    """
    return {person: (stage, since) for person, stage, since in sql.run(statement, [person_ids])}


def sizes() -> dict[str, int]:
    """{stage: how many stand there now}, as ClickHouse holds it; empty while it does not answer."""
    sql = (
        f"SELECT CAST(traits.{STAGE_TRAIT}, 'Nullable(String)') AS stage, count() AS number FROM people FINAL "
        "WHERE deleted = 0 GROUP BY stage"
    )
    try:
        return {row["stage"] or "": row["number"] for row in clickhouse.rows(sql)}
    except (ClickHouseError, OSError):
        return {}


def days(since: dt.date) -> list[StageDay]:
    """How many stood where, per day."""
    return list(StageDay.objects.filter(day__gte=since).order_by("day"))


def movements(since: dt.datetime) -> list[tuple[str, str, int]]:
    """(from, to, how many times) since then, most frequent first; who was new came from ""."""
    changes = StageChange.objects.filter(since__gte=since).exclude(reason="definition")
    rows = (
        changes.values("previous", "stage")
        .annotate(number=Count("pk"))
        .order_by("-number", "previous", "stage")
    )
    return [(row["previous"], row["stage"], row["number"]) for row in rows]


def arrivals(stage: str, since: dt.datetime) -> list[tuple[dt.date, int]]:
    """(day, how many came into the stage)."""
    changes = StageChange.objects.filter(stage=stage, since__gte=since).exclude(reason="definition")
    rows = changes.annotate(day=TruncDate("since")).values("day").annotate(number=Count("pk")).order_by("day")
    return [(row["day"], row["number"]) for row in rows]


def history(person_id: uuid.UUID) -> list[StageChange]:
    """Where a person has been, newest first."""
    return list(StageChange.objects.filter(person_id=person_id).order_by("-since", "-pk")[:50])


def stage_names_of(person_ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    """{person: [the name of their stage]}, for the list of people. Two queries."""
    called = names()
    rows = Person.objects.filter(pk__in=person_ids).values_list("pk", f"traits__{STAGE_TRAIT}")
    return {person: [called.get(key, key)] for person, key in rows if isinstance(key, str)}


def badge_of(person: Person) -> tuple[str, str] | None:
    """(name, tone) of the stage where the person stands, for the head of their profile."""
    key = person.traits.get(STAGE_TRAIT)
    stage = (
        next((candidate for candidate in stages() if candidate.key == key), None)
        if isinstance(key, str)
        else None
    )
    return (stage.name, stage.tone) if stage and in_use() else None


def profile_section(person_id: uuid.UUID) -> dict[str, Any] | None:
    """Where the person stands, as the REST API tells it."""
    latest = StageChange.objects.filter(person_id=person_id).order_by("-since", "-pk").first()
    if latest is None or in_use() is None:
        return None
    return {
        "stage": latest.stage,
        "name": names().get(latest.stage, latest.stage),
        "since": latest.since.isoformat(),
        "previous": latest.previous or None,
    }


def circular(rules: Iterable[Any]) -> list[str]:
    """Names of segments that rules look at, and that look at the stage themselves, over however many corners."""
    live = {segment.key: segment for segment in Segment.objects.filter(archived_at=None)}
    frontier = {key for rule in rules for key in tree.references(rule)}
    reached: set[str] = set()
    while frontier:
        reached |= frontier
        frontier = {
            key for seen in frontier if seen in live for key in tree.references(live[seen].definition)
        } - reached
    return sorted(live[key].name for key in reached if key in live and asks_for_stage(live[key].definition))


def asks_for_stage(definition: Any) -> bool:
    return any(clause.get("trait") == STAGE_TRAIT for _pointer, clause in tree.walk(definition))


def segments_that_ask(stage: str = "") -> list[str]:
    """Names of segments that look at the stage; with `stage`, of those that name this one."""
    live = Segment.objects.filter(archived_at=None).order_by("name")
    return [segment.name for segment in live if any(_names_stage(clause, stage) for clause in _asks(segment))]


def _asks(segment: Segment) -> list[dict[str, Any]]:
    return [
        clause for _pointer, clause in tree.walk(segment.definition) if clause.get("trait") == STAGE_TRAIT
    ]


def _names_stage(clause: dict[str, Any], stage: str) -> bool:
    named = [part for value in clause.values() for part in (value if isinstance(value, list) else [value])]
    return not stage or stage in named
