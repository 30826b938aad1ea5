"""Whoever asks for an import or export is somebody: their rights are looked up again when the job runs."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.core import access


@pytest.fixture
def actor(user: Any) -> access.Actor:
    return access.for_user(user)
