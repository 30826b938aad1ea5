"""Preferences are those of who signed in."""

from __future__ import annotations

import pytest

from rapport.core.access import Actor, for_user
from rapport.core.services.preferences import prefer, preference

pytestmark = pytest.mark.django_db


def test_a_key_has_no_preferences_whatever_its_number(user):
    key = Actor("api_key", str(user.pk), "API key till", {}, user.pk)
    prefer(actor=key, name="editor", value="code")
    assert preference(for_user(user), "editor") == ""
    prefer(actor=for_user(user), name="editor", value="visual")
    assert (preference(for_user(user), "editor"), preference(key, "editor")) == ("visual", "")
