"""Who gets which variant: drawn by a hash, and kept for good from the first time they meet it.

Whoever has met a variant keeps it, whatever happens to the weights; of two persons who become one, the earlier
exposure stands. Whoever has not met one yet is drawn by the weights as they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from rapport.core import sql
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import outbox
from rapport.core.services.outbox import DomainEvent
from rapport.experiments.models import Experiment, Exposure, Variant
from rapport.experiments.services import drawing

EVENT = "Experiment Viewed"
_EXPOSE = """
    INSERT INTO experiments_exposure (experiment_id, variant_id, person_id, unit, at)
    SELECT %b::bigint, t.variant, t.person, t.unit, %b FROM unnest(%b::bigint[], %b::uuid[], %b::text[])
        AS t (variant, person, unit)
    ON CONFLICT (experiment_id, unit) DO UPDATE SET person_id = excluded.person_id
        WHERE experiments_exposure.person_id IS NULL AND excluded.person_id IS NOT NULL
    RETURNING unit
"""
_MET = """
    SELECT DISTINCT ON (person_id) person_id, variant_id FROM experiments_exposure
    WHERE experiment_id = %b AND person_id = ANY(%b) ORDER BY person_id, at, id
"""


def variants_for(experiment: Experiment, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Variant]:
    """{person: the variant that is or would be theirs}; two queries however many they are."""
    variants = _variants(experiment)
    if experiment.winner_id:
        return dict.fromkeys(person_ids, variants[experiment.winner_id])
    met = met_by(experiment, person_ids)
    drawn = drawn_for(experiment, person_ids)
    return {p: variants[met[p]] if p in met else drawn[p] for p in person_ids}


def met_by(experiment: Experiment, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """{person: the id of the variant they met first} of those who met one."""
    return dict(sql.run(_MET, [experiment.pk, list(person_ids)]))


def drawn_for(experiment: Experiment, person_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Variant]:
    """{person: whichever the hash draws}, whatever they met and whoever won."""
    order = [variant for variant in _variants(experiment).values() if variant.weight]
    ends = drawing.edges([variant.weight for variant in order])
    return {p: order[drawing.drawn(drawing.place(experiment.salt, p), ends)] for p in person_ids}


@transaction.atomic
def variant_for(
    experiment: Experiment,
    *,
    person_id: uuid.UUID | None = None,
    anonymous_id: str = "",
    expose: bool = False,
    clock: Clock = SYSTEM,
) -> Variant | None:
    """One visitor's variant, by the person or, while that is not known, by the device; None unless it runs.

    With `expose` it is theirs from now on, and counted.
    """
    if experiment.state not in {Experiment.State.RUNNING, Experiment.State.DECIDED}:
        return None
    unit = anonymous_id or str(person_id)
    variant = _met_before(experiment, person_id, anonymous_id)
    if variant is None:
        variants = [row for row in _variants(experiment).values() if row.weight]
        ends = drawing.edges([row.weight for row in variants])
        variant = variants[drawing.drawn(drawing.place(experiment.salt, unit), ends)]
    if expose and experiment.state == Experiment.State.RUNNING:
        record(experiment, {unit: (variant, person_id)}, clock=clock)
    return variant


def _met_before(experiment: Experiment, person_id: uuid.UUID | None, anonymous_id: str) -> Variant | None:
    """The winner, or whatever the person or their device met first."""
    if experiment.winner_id:
        return experiment.winner
    rows = experiment.exposures.select_related("variant").order_by("at", "id")
    by_person = rows.filter(person_id=person_id).first() if person_id else None
    by_device = rows.filter(unit=anonymous_id).first() if anonymous_id else None
    exposures = [row for row in (by_person, by_device) if row is not None]
    return min(exposures, key=lambda row: (row.at, row.pk)).variant if exposures else None


def expose(
    experiment: Experiment, given: Mapping[uuid.UUID, Variant], *, tell: bool = True, clock: Clock = SYSTEM
) -> int:
    """These persons meet these variants now; says how many had not met one. In the caller's transaction."""
    units = {str(person): (variant, person) for person, variant in given.items()}
    return record(experiment, units, tell=tell, clock=clock)


def record(
    experiment: Experiment,
    given: Mapping[str, tuple[Variant, uuid.UUID | None]],
    *,
    tell: bool = True,
    clock: Clock = SYSTEM,
) -> int:
    """The same by what was drawn by. What a device met becomes the person's as soon as they are known.

    Without `tell` no event is emitted: something else tells of it already.
    """
    now = clock.now()
    columns = (
        [variant.pk for variant, _person in given.values()],
        [person for _variant, person in given.values()],
        list(given),
    )
    fresh = [unit for (unit,) in sql.run(_EXPOSE, [experiment.pk, now, *columns])]
    if tell:
        outbox.emit_many(_events(experiment, fresh, given), clock=clock)
    return len(fresh)


def _events(
    experiment: Experiment, units: Iterable[str], given: Mapping[str, tuple[Variant, uuid.UUID | None]]
) -> Iterable[DomainEvent]:
    for unit in units:
        variant, person = given[unit]
        if person is not None:
            properties = {
                "experiment": experiment.key,
                "experiment_name": experiment.name,
                "variant": variant.key,
                "variant_name": variant.name,
            }
            yield DomainEvent(EVENT, person, properties, f"experiment-viewed-{experiment.pk}-{unit}")


def first_exposures(person_ids: Sequence[uuid.UUID]) -> list[Exposure]:
    """What these persons, who are one, met, the earliest of each experiment."""
    rows = Exposure.objects.filter(person_id__in=person_ids).select_related("experiment", "variant")
    return list(rows.order_by("experiment_id", "at", "id").distinct("experiment_id"))


def _variants(experiment: Experiment) -> dict[int, Variant]:
    return {variant.pk: variant for variant in experiment.variants.order_by("pk")}
