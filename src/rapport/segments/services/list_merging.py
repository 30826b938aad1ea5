"""Entries of lists kept by hand when two persons become one, and when they are parted again.

No rule decides who is on a list, so no upkeep puts it right: an undo gives the absorbed person their entries back, and
takes from the survivor those that only came with them.
"""

from __future__ import annotations

import datetime as dt
import uuid

from rapport.people.registry import Pair
from rapport.segments.models import ListEntry, Membership, Segment
from rapport.segments.services import store

Entries = list[tuple[str, str, str, str, bool]]  # (segment, added at, added by, how, whether it was moved)


def merge(pairs: list[Pair]) -> dict[uuid.UUID, Entries]:
    """Moves the entries of each absorbed person where the survivor has none; {absorbed: what they had}."""
    rows = ListEntry.objects.filter(person_id__in={person for pair in pairs for person in pair})
    entries: dict[uuid.UUID, dict[uuid.UUID, ListEntry]] = {}
    for row in rows.select_for_update().order_by("pk"):
        entries.setdefault(row.person_id, {})[row.segment_id] = row
    snapshots: dict[uuid.UUID, Entries] = {}
    for survivor, absorbed in pairs:
        kept = entries.setdefault(survivor, {})
        for segment_id, row in entries.pop(absorbed, {}).items():
            moved = kept.setdefault(segment_id, row) is row
            line = (str(segment_id), row.added_at.isoformat(), row.added_by, row.how, moved)
            snapshots.setdefault(absorbed, []).append(line)
    if snapshots:
        final = {row.pk: person for person, kept in entries.items() for row in kept.values()}
        rows.exclude(pk__in=final).delete()
        moved_rows = [
            row for kept in entries.values() for row in kept.values() if row.person_id != final[row.pk]
        ]
        for row in moved_rows:
            row.person_id = final[row.pk]
        ListEntry.objects.bulk_update(moved_rows, ["person_id"], batch_size=1_000)
    return snapshots


def unmerge(pair: Pair, snapshot: Entries, now: dt.datetime) -> list[store.Change]:
    """Who entered and left: the absorbed person is back on lists that still exist, the survivor off those of theirs."""
    survivor, absorbed = pair
    listed = Segment.objects.filter(archived_at=None, pk__in=[line[0] for line in snapshot])
    lists = {str(pk): pk for pk in listed.values_list("pk", flat=True)}
    moves: list[store.Change] = []
    for segment, added_at, added_by, how, moved in snapshot:
        if segment not in lists:
            continue
        at, segment_id = dt.datetime.fromisoformat(added_at), lists[segment]
        entry = {"segment_id": segment_id, "added_at": at, "added_by": added_by, "how": how}
        if moved and ListEntry.objects.filter(person_id=survivor, **entry).delete()[0]:
            Membership.objects.filter(segment_id=segment_id, person_id=survivor).delete()
            moves.append(store.Change(segment_id, survivor, False, now))
        ListEntry.objects.get_or_create(segment_id=segment_id, person_id=absorbed, defaults=entry)
        stay, entered = Membership.objects.get_or_create(
            segment_id=segment_id, person_id=absorbed, defaults={"entered_at": at, "definition_version": 0}
        )
        if entered:
            moves.append(store.Change(segment_id, absorbed, True, stay.entered_at))
    return moves
