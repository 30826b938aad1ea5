"""The published JSON Schema, put together from the kinds of clauses that are registered."""

from __future__ import annotations

from typing import Any

from rapport.segments.language import registry


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a definition. What it cannot say (depth, number of clauses) is in `$comment`."""
    kinds = registry.CLAUSE_KINDS
    clauses = {
        f"{kind.name}_clause": {
            "title": str(kind.label),
            "type": "object",
            "additionalProperties": False,
            **kind.schema(),
        }
        for kind in kinds
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Segment definition",
        "$comment": "At most 200 clauses, nested at most 20 deep.",
        "$ref": "#/$defs/clause",
        "$defs": {
            "clause": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in clauses]},
            **clauses,
            **registry.shared_schemas(),
        },
    }
