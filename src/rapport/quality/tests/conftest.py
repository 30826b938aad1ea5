"""Whoever asks for background work in these tests can sign in: their rights are asked again when it runs."""

from __future__ import annotations

import pytest

from rapport.core.access import for_user


@pytest.fixture
def actor(user):
    return for_user(user)
