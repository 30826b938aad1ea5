"""Addresses nothing is sent to."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

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


def test_the_first_reason_stays_unless_it_stopped_less(actor):
    suppress(actor, "ada@example.com", "complained")
    assert suppress(actor, "ada@example.com", "unsubscribed").reason == "complained"
    suppress(actor, "bob@example.com", "unsubscribed")
    assert suppress(actor, "bob@example.com", "bounced").reason == "bounced"


def test_a_lifted_address_may_be_written_to_again(actor):
    row = suppress(actor, "ada@example.com", "bounced")
    with pytest.raises(suppression.NoReason):
        suppression.remove(actor=actor, suppression_id=row.pk, reason=" ")
    removal = suppression.remove(actor=actor, suppression_id=row.pk, reason="New mailbox of the same name")
    assert (removal.suppressed_for, removal.removed_by) == ("bounced", actor.label)
    assert not queries.suppressed("email", ["ada@example.com"])
    with pytest.raises(Http404):
        suppression.remove(actor=actor, suppression_id=row.pk, reason="again")


def test_a_viewer_may_neither_suppress_nor_lift(db):
    viewer = access.Actor("user", "1", "viewer", grants_of_role("viewer"))
    with pytest.raises(PermissionDenied):
        suppress(viewer, "ada@example.com")
    with pytest.raises(PermissionDenied):
        suppression.remove(actor=viewer, suppression_id=1, reason="x")


def test_what_is_no_address_is_refused(actor):
    with pytest.raises(suppression.InvalidAddress):
        suppress(actor, "nobody")
