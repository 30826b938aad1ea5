"""Secrets in the database: readable with the installation's key and for their purpose only."""

from __future__ import annotations

import pytest

from rapport.core import crypto


def test_what_was_sealed_is_opened_for_its_purpose_only(settings):
    sealed = crypto.seal("channel account", "s3cret ü")
    assert "s3cret" not in sealed
    assert crypto.open_sealed("channel account", sealed) == "s3cret ü"
    with pytest.raises(crypto.Unreadable):
        crypto.open_sealed("mailbox", sealed)
    with pytest.raises(crypto.Unreadable):
        crypto.open_sealed("channel account", sealed[:-6] + "AAAAA=")
    settings.ENCRYPTION_KEY = "another"
    with pytest.raises(crypto.Unreadable, match="enter it again"):
        crypto.open_sealed("channel account", sealed)
