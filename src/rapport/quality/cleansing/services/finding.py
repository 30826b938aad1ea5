"""What a repair would change: looked for in blocks of people, without what somebody wanted left alone before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from rapport.quality.cleansing import queries
from rapport.quality.cleansing.repairs import REPAIRS, changes
from rapport.quality.models import RepairItem, RepairRun

# More changes than this nobody reviews: the look ends there.
MOST = 1_000_000


def find_changes(run: RepairRun, block: int) -> int:
    """Proposes changes to the next people by id; makes the run a preview when it was the last block.

    Returns how many people it looked at.
    """
    people = queries.repairable_people().filter(pk__gt=run.after or uuid.UUID(int=0)).order_by("pk")
    rows = list(people.values_list("pk", "traits")[:block])
    items = _proposals(run, rows)
    _exclude_left_alone(run, items)
    RepairItem.objects.bulk_create(items, batch_size=1_000)
    if len(rows) < block or run.items.count() >= MOST:
        run.state = RepairRun.State.PREVIEW
    if rows:
        run.after = rows[-1][0]
    return len(rows)


def _proposals(run: RepairRun, rows: Sequence[tuple[uuid.UUID, dict[str, Any]]]) -> list[RepairItem]:
    repair, context = REPAIRS[run.repair], queries.repair_context(run.domains)
    return [
        RepairItem(
            run=run,
            person_id=person,
            trait=change.trait,
            before=change.before,
            after=change.after,
            shown_before=change.shown_before[:500],
            shown_after=change.shown_after[:500],
        )
        for person, traits in rows
        for change in changes(repair, traits, context)
    ]


def _exclude_left_alone(run: RepairRun, items: list[RepairItem]) -> None:
    """What somebody once wanted left alone is left alone while its value stays."""
    people = [item.person_id for item in items]
    earlier = RepairItem.objects.filter(
        person_id__in=people, state=RepairItem.State.EXCLUDED, run__repair=run.repair
    )
    left_alone = set(earlier.exclude(run=run).values_list("person_id", "trait", "shown_before"))
    for item in items:
        if (item.person_id, item.trait, item.shown_before) in left_alone:
            item.state, item.reason = RepairItem.State.EXCLUDED, str(_("excluded before"))
