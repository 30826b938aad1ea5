"""How many will get a campaign: the same answer in one statement as one by one."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.campaigns.queries import audience
from rapport.content.tests.conftest import START
from rapport.core.crypto import address_hash
from rapport.experiments.services import holdouts
from rapport.governance.models import AddressWithdrawal, Purpose, Suppression

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody(consenting: Any) -> None:
    consenting("ada")
    consenting("bob", consent="")
    consenting("cleo", consent="withdrawn")
    consenting("dan", email="")
    erased, restricted = consenting("erased"), consenting("restricted")
    type(erased).objects.filter(pk=erased.pk).update(erased_at=START)
    type(restricted).objects.filter(pk=restricted.pk).update(restricted_at=START)


@pytest.mark.parametrize("basis", Purpose.Basis.values)
def test_a_large_audience_is_counted_by_the_same_rules(
    everybody: None, segment: Any, purpose: Any, basis: str, monkeypatch: Any
) -> None:
    Purpose.objects.filter(pk=purpose.pk).update(basis=basis)
    purpose.refresh_from_db()
    exact = audience.audience_of(segment, purpose, "email")
    monkeypatch.setattr(audience, "EXACT_UP_TO", 0)
    at_once = audience.audience_of(segment, purpose, "email")
    assert (at_once.receives, at_once.refused) == (exact.receives, exact.refused)
    assert (exact.exact, at_once.exact, exact.total) == (True, False, 6)


def test_the_holdout_of_all_marketing_is_left_out(
    consenting: Any, segment: Any, purpose: Any, actor: Any, monkeypatch: Any
) -> None:
    people = [consenting(f"p{number}").pk for number in range(40)]
    holdouts.set_share(actor=actor, percent=50)
    held_back = len(holdouts.members(people))
    assert 5 < held_back < 35
    for largest in (20_000, 0):
        monkeypatch.setattr(audience, "EXACT_UP_TO", largest)
        counted = audience.audience_of(segment, purpose, "email")
        assert (counted.receives, counted.refused) == (40 - held_back, {"blocked": held_back})


def test_suppressed_and_repeated_addresses_are_counted_in_a_small_one(
    consenting: Any, segment: Any, purpose: Any
) -> None:
    consenting("ada", email="home@example.org")
    consenting("bob", email="home@example.org")
    consenting("cleo")
    hashed = address_hash("email", "cleo@example.org")
    Suppression.objects.create(channel="email", address_hash=hashed, reason="bounced")
    counted = audience.audience_of(segment, purpose, "email")
    assert (counted.receives, counted.refused) == (1, {"duplicate": 1, "suppressed": 1})


def test_a_large_audience_estimates_what_its_addresses_refuse(
    consenting: Any, segment: Any, purpose: Any, monkeypatch: Any
) -> None:
    for name in ("ada", "bob", "cleo"):
        consenting(name)
    Suppression.objects.create(
        channel="email", address_hash=address_hash("email", "cleo@example.org"), reason="bounced"
    )
    AddressWithdrawal.objects.create(
        purpose=purpose,
        channel="email",
        address_hash=address_hash("email", "bob@example.org"),
        at=START.replace(year=2100),
    )
    monkeypatch.setattr(audience, "EXACT_UP_TO", 0)
    counted = audience.audience_of(segment, purpose, "email")
    assert (counted.receives, counted.refused) == (1, {"suppressed": 1, "address_withdrawn": 1})
