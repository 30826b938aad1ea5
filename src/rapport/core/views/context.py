"""What the frame around every page needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from rapport.core import registry


def frame(request: HttpRequest) -> dict[str, Any]:
    """`nav`: rail entries the user may use; `workspace`: the business."""
    from rapport.core.queries import workspace

    actor = getattr(request, "actor", None)
    if actor is None:
        return {"nav": [], "workspace": workspace()}
    return {
        "nav": [
            entry for entry in registry.navigation() if not entry.permission or actor.may(entry.permission)
        ],
        "workspace": workspace(),
    }
