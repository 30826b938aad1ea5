"""Reads of what the installation shares."""

from __future__ import annotations

from rapport.core.models import Workspace


def workspace() -> Workspace:
    """The one workspace row, or its defaults before the first save."""
    return Workspace.objects.first() or Workspace()
