"""What conditions call a trait in words: its label, as profiles and the builder show it."""

from __future__ import annotations

from rapport.core.process_cache import kept_for
from rapport.people.queries import traits as trait_queries
from rapport.people.values.formatting import trait_label
from rapport.people.values.schema import Definition


def label(entity: str, name: object) -> str:
    """The label of a trait of people or companies; dots lead into nested ones."""
    if not name:
        return "…"
    defined = _defined(entity)
    return " › ".join(trait_label(part, defined.get(part)) for part in str(name).split("."))


@kept_for(10.0)
def _defined(entity: str) -> dict[str, Definition]:
    """{key: definition}: a list of segments names many traits and asks once."""
    return {row.key: row for row in trait_queries.definitions(entity, archived=True)}
