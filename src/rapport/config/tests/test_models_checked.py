"""What Django itself says of the models: no warning of its checks, and a migration for each of their states."""

from __future__ import annotations

import pytest
from django.core.management import call_command


def test_djangos_checks_find_nothing() -> None:
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
