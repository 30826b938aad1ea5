"""What was asked of an actor."""

from __future__ import annotations

import pytest

from rapport.core.access import Actor


@pytest.fixture
def requested_permissions(monkeypatch):
    """The permissions that were asked for, in their order."""
    names: list[str] = []
    original = Actor.reach

    def reach(self, name):
        names.append(name)
        return original(self, name)

    monkeypatch.setattr(Actor, "reach", reach)
    return names
