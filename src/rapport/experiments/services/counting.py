"""What became of those who met each variant.

Who met which is in PostgreSQL, because a draw must be kept in the transaction that makes it; what happened afterwards
is in ClickHouse, where all events are. Only what those did who met it is read from there, some thousands of them at a
time, and PostgreSQL joins it with the exposures. So merges count as they are now, and others' orders stay unread.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from rapport.core import clickhouse, sql
from rapport.experiments.models import Experiment
from rapport.experiments.registry import message_property
from rapport.people.queries import families

PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_MOMENT = "DateTime64(3, 'UTC')"
CHUNK = 20_000  # persons of whom events are read at once
_EXPOSED = (
    "SELECT DISTINCT person_id FROM experiments_exposure WHERE experiment_id = %b AND person_id IS NOT NULL"
)
# What a machine likely did (a scanner that followed a link) counts for nobody.
_HUMAN = "ifNull(toFloat64OrNull(toString(properties.human_probability)), 1) >= 0.5"
_COUNT = """
    WITH met AS (
        SELECT DISTINCT ON (coalesce(person_id::text, unit)) person_id, variant_id, at FROM experiments_exposure
        WHERE experiment_id = %b ORDER BY coalesce(person_id::text, unit), at, id
    ), gave AS (
        SELECT met.person_id, sum(o.value) AS value
        FROM unnest(%b::uuid[], %b::timestamptz[], %b::float8[]) AS o (person_id, at, value)
        JOIN met USING (person_id)
        WHERE o.at >= met.at AND o.at < met.at + make_interval(days => %b)
        GROUP BY met.person_id
    ), each_one AS (
        SELECT met.variant_id, CASE WHEN %b THEN coalesce(gave.value, 0) ELSE (gave.value IS NOT NULL)::int END AS value
        FROM met LEFT JOIN gave USING (person_id)
    )
    UPDATE experiments_variant v SET persons = coalesce(c.persons, 0), total = coalesce(c.total, 0),
        squares = coalesce(c.squares, 0)
    FROM (SELECT v.id, c.* FROM experiments_variant v LEFT JOIN (
        SELECT variant_id, count(*) AS persons, sum(value) AS total, sum(value * value) AS squares
        FROM each_one GROUP BY variant_id) c ON c.variant_id = v.id WHERE v.experiment_id = %b) c
    WHERE v.id = c.id
"""


def check_property(name: str) -> str:
    """Raises ValidationError."""
    if name and not PROPERTY.fullmatch(name):
        raise ValidationError({"value_property": _("Letters, digits and underscores, such as total.")})
    return name


def count(experiment: Experiment, now: dt.datetime) -> None:
    """Counts anew, and keeps it on the variants."""
    persons, moments, values = _outcomes(experiment, now)
    by_value = bool(experiment.value_property)
    sql.run(
        _COUNT,
        [experiment.pk, persons, moments, values, experiment.window_days, by_value, experiment.pk],
    )
    experiment.counted_at = now
    experiment.save(update_fields=["counted_at"])


def _outcomes(experiment: Experiment, now: dt.datetime) -> tuple[list[Any], list[dt.datetime], list[float]]:
    """Who did it when, and what it was worth; as the persons are today."""
    if experiment.started_at is None:
        return [], [], []
    last = (experiment.ended_at or now) + dt.timedelta(days=experiment.window_days)
    name = check_property(experiment.value_property)
    value = f"ifNull(toFloat64OrNull(toString(properties.{name})), 0)" if name else "toFloat64(1)"
    own = message_property(experiment.subject, experiment.event)
    of_own = f" AND toString(properties.{own}) IN {{subjects:Array(String)}}" if own else ""
    statement = (
        f"SELECT person_id, at, {value} AS value FROM events WHERE event = {{event:String}}"
        f" AND person_id IN {{persons:Array(UUID)}}"
        f" AND at >= {{since:{_MOMENT}}} AND at <= {{until:{_MOMENT}}} AND {_HUMAN}{of_own}"
    )
    values = {
        "event": experiment.event,
        "subjects": _messages(experiment),
        "since": _stamp(experiment.started_at),
        "until": _stamp(min(last, now)),
    }
    exposed = [person for (person,) in sql.run(_EXPOSED, [experiment.pk])]
    kept: list[dict[str, Any]] = []
    home: dict[Any, Any] = {}
    for at in range(0, len(exposed), CHUNK):
        of_chunk = {m: p for p, all_of in families(exposed[at : at + CHUNK]).items() for m in all_of}
        rows = clickhouse.rows(statement, {**values, "persons": list(of_chunk)})
        kept += [row for row in rows if abs(row["value"]) < 1e12]
        home |= {row["person_id"]: of_chunk[row["person_id"]] for row in rows}
    return (
        [home[row["person_id"]] for row in kept],
        [row["at"].replace(tzinfo=dt.UTC) for row in kept],
        [float(row["value"]) for row in kept],
    )


def _messages(experiment: Experiment) -> list[str]:
    """What events of the subject's own messages name: the subject, or whichever of several was drawn."""
    references = experiment.variants.exclude(reference="").values_list("reference", flat=True)
    return [experiment.subject_id, *references]


def _stamp(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
