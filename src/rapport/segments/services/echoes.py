"""Which of our own events no segment looks at, so that telling who entered does not make everybody be asked again."""

from __future__ import annotations

from rapport.core import sql

NAMES = ("Segment Entered", "Segment Left")
_UNHEARD = """
    SELECT name FROM unnest(%b::text[]) AS told (name) WHERE NOT EXISTS (
        SELECT 1 FROM segments_segment s WHERE s.archived_at IS NULL AND position(name IN s.definition::text) > 0)
"""


def unheard() -> frozenset[str]:
    """Those of NAMES that stand in no live definition."""
    return frozenset(name for (name,) in sql.run(_UNHEARD, [list(NAMES)]))
