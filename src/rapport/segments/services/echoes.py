"""Which of our own events nobody looks at, so that telling who entered does not make everybody be asked again."""

from __future__ import annotations

from rapport.core import sql

NAMES = ("Segment Entered", "Segment Left", "Lifecycle Stage Changed")
# A stage whose rule asks for membership is decided before the segments are, so it waits for their word.
_UNHEARD = """
    WITH said (definition) AS (
        SELECT definition::text FROM segments_segment WHERE archived_at IS NULL
        UNION ALL SELECT definition::text FROM segments_computedtrait WHERE archived_at IS NULL
        UNION ALL SELECT rule::text FROM segments_stage
    )
    SELECT name FROM unnest(%b::text[]) AS told (name)
    WHERE NOT EXISTS (SELECT 1 FROM said WHERE position(name IN definition) > 0)
        AND NOT (name LIKE 'Segment%%' AND EXISTS (
            SELECT 1 FROM segments_stage WHERE position('"in_segment"' IN rule::text) > 0))
"""


def unheard() -> frozenset[str]:
    """Those of NAMES that stand in no live definition."""
    return frozenset(name for (name,) in sql.run(_UNHEARD, [list(NAMES)]))
