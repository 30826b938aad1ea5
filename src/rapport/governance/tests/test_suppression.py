"""Addresses nothing is sent to."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from rapport.core import access
from rapport.core.permissions import grants_of_role
from rapport.governance import queries
from rapport.governance.models import Suppression
from rapport.governance.services import suppression

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def suppress(actor, address, reason="manual"):
    return suppression.suppress(actor=actor, channel="email", address=address, reason=reason, source="test")


def test_an_address_is_found_however_it_is_written(actor):
    suppress(actor, "Ada@Example.com")
    assert queries.suppressed("email", [" ada@example.com", "bob@example.com"]) == {" ada@example.com"}


def test_only_a_keyed_hash_is_kept(actor):
    kept = suppress(actor, "ada@example.com")
    assert "ada@" not in str(Suppression.objects.filter(pk=kept.pk).values())


def test_the_first_reason_stays(actor):
    suppress(actor, "ada@example.com", "complained")
    assert suppress(actor, "ada@example.com", "bounced").reason == "complained"


def test_a_lifted_address_may_be_written_to_again(actor):
    suppress(actor, "ada@example.com")
    assert suppression.lift(actor=actor, channel="email", address="ADA@example.com")
    assert not queries.suppressed("email", ["ada@example.com"])
    assert not suppression.lift(actor=actor, channel="email", address="ada@example.com")


def test_a_viewer_may_neither_suppress_nor_lift(db):
    viewer = access.Actor("user", "1", "viewer", grants_of_role("viewer"))
    with pytest.raises(PermissionDenied):
        suppress(viewer, "ada@example.com")
    with pytest.raises(PermissionDenied):
        suppression.lift(actor=viewer, channel="email", address="ada@example.com")


def test_what_is_no_address_is_refused(actor):
    with pytest.raises(suppression.InvalidAddress):
        suppress(actor, "nobody")
