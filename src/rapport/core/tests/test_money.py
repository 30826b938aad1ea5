"""Amounts in the reader's notation: the sign of the currency stands where their language puts it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from rapport.core.ui import formats


@pytest.mark.parametrize(
    ("language", "whole", "shown"),
    [
        ("en-gb", False, "£58,124.50"),
        ("en-gb", True, "£58,124"),
        ("de", False, "58.124,50\xa0£"),
        ("de", True, "58.124\xa0£"),
    ],
)
def test_money_is_written_as_the_reader_writes_it(language, whole, shown):
    with translation.override(language):
        assert formats.money(Decimal("58124.50"), "GBP", whole=whole) == shown
