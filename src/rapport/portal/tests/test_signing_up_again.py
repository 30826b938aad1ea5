"""Who has left and signs up again is asked by mail, once, and only if they signed up after they left."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.core import access
from rapport.events.models import QuarantinedEvent
from rapport.governance import queries
from rapport.governance.models import ConsentRequest, Purpose
from rapport.governance.services import suppression
from rapport.portal.tests.test_double_opt_in import path, sign_up, state

__all__ = ["sign_up"]
pytestmark = pytest.mark.django_db
LONG_AGO = {"timestamp": "2026-01-01T00:00:00Z"}
LEFT = {"type": "track", "event": "Unsubscribed", "properties": {"purpose": "newsletter"}}


@pytest.mark.parametrize("whose", [{"userId": "user-1"}, {"email": "ann@example.org"}])
def test_who_left_after_they_signed_up_is_not_asked(live: Any, sign_up: Any, whose: dict[str, str]) -> None:
    """A backfill, or an app that sends what it could not send for days."""
    live.ingest([LEFT | {"anonymousId": "x"} | whose | {"properties": LEFT["properties"] | whose}])
    sign_up(call=LONG_AGO)
    assert not ConsentRequest.objects.exists()
    assert "cannot overturn" in QuarantinedEvent.objects.latest("pk").reason


def test_who_is_granted_and_signs_up_after_their_address_left_is_asked_once(
    client: Any, sign_up: Any, live: Any
) -> None:
    ann = sign_up()
    client.post(path(ConsentRequest.objects.get()))
    ConsentRequest.objects.all().delete()
    newsletter = Purpose.objects.get(key="newsletter").pk, "email"
    live.ingest(
        [LEFT | {"anonymousId": "x", "properties": LEFT["properties"] | {"email": "ann@example.org"}}]
    )
    assert (state(ann), newsletter in queries.allowed(ann.pk, ["email"])) == ("granted", False)
    sign_up()
    client.post(path(ConsentRequest.objects.get()))
    assert newsletter in queries.allowed(ann.pk, ["email"])
    sign_up()
    assert not ConsentRequest.objects.filter(confirmed_at=None).exists()


@pytest.mark.parametrize(("reason", "may"), [("unsubscribed", True), ("complained", False)])
def test_the_mailbox_takes_back_that_it_unsubscribed_from_everything(
    client: Any, sign_up: Any, reason: str, may: bool
) -> None:
    """Also for a purpose without double opt-in; a complaint stays."""
    Purpose.objects.update(double_opt_in=False)
    suppression.suppress(
        actor=access.system("test"), channel="email", address="ann@example.org", reason=reason, source="list"
    )
    sign_up()
    assert ConsentRequest.objects.count() == may
    for row in ConsentRequest.objects.all():
        client.post(path(row))
    assert queries.suppressed("email", ["ann@example.org"]) == (set() if may else {"ann@example.org"})
