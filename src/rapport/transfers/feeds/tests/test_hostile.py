"""What hostile or broken senders try: none of it holds up others, and all of it can be forgotten."""

import pytest
from django.urls import reverse

from rapport.core import access
from rapport.core.services import keys
from rapport.transfers.feeds.services import receiving, taking
from rapport.transfers.feeds.tests.conftest import GENERIC
from rapport.transfers.models import Received, Webhook

pytestmark = pytest.mark.django_db


def states():
    return list(Received.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize("poison", [r"a\u0000b", r"\ud800"])
def test_what_the_database_cannot_store_holds_up_nobody(webhook, send, poison):
    send(webhook, f'{{"event": "{poison}", "email": "{poison}", "user_id": "{poison}"}}'.encode())
    webhook.mapping = {"event": "event", "email": "email", "user_id": "user_id", "type": "event"}
    webhook.save()
    send(webhook, GENERIC.sample)
    taking.run_once()
    assert "waiting" not in states()


@pytest.mark.parametrize(("role", "shown"), [("analyst", False), ("marketer", True)])
def test_a_payload_shows_its_values_to_who_may_see_personal_data(webhook, send, client, user, role, shown):
    send(webhook, {"who": "eve@example.com"})
    user.roles.set([role])
    client.force_login(user)
    item = Received.objects.get()
    text = client.get(reverse("transfers:received", args=[webhook.source_id, item.pk])).content.decode()
    assert ("eve@example.com" in text) is shown
    _key, secret = keys.create(actor=access.system("test"), name="x", role=role)
    headers = {"authorization": f"Bearer {secret}"}
    answer = client.get(f"/api/v1/webhook-sources/{webhook.pk}/payloads", headers=headers)
    assert ("eve@example.com" in answer.content.decode()) is shown


def test_a_phone_number_is_noted_as_the_profile_will_have_it(webhook, send):
    Webhook.objects.filter(pk=webhook.pk).update(mapping={"event": "'Called'", "phone": "tel"})
    send(webhook, {"tel": "+44 20 7946 0001"})
    taking.run_once()
    assert "+442079460001" in Received.objects.get().identifiers


def test_nobody_fills_the_disk_with_what_is_never_mapped(webhook, send, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_WAITING", 100)
    assert send(webhook, {"a": "x" * 200}).status_code == 200
    Webhook.objects.update(window_start=None)
    assert send(webhook, {"a": "x"}).status_code == 429
    assert Received.objects.count() == 1


def test_the_secret_address_is_not_in_the_log(webhook, send, caplog):
    assert send(webhook, b"no json").status_code == 400
    assert webhook.token not in caplog.text
