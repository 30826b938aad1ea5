"""The pages of webhook sources, and their REST API."""

import json

import pytest

from rapport.core.models import AuditEntry
from rapport.core.services import keys
from rapport.events.models import Source
from rapport.transfers.feeds.services import taking, webhooks
from rapport.transfers.feeds.tests.conftest import GENERIC
from rapport.transfers.models import Received, Webhook

pytestmark = pytest.mark.django_db
FIELDS = {"event": "event", "user_id": "user_id", "properties": "value: value | number"}


def test_a_webhook_is_made_and_its_address_shown(page, clickhouse):
    answer = page.post("/data/webhooks/new/", {"name": "Shop", "preset": "shopify"}, follow=True)
    assert f"/in/{Webhook.objects.get().token}" in answer.text
    assert page.post("/data/webhooks/new/", {"name": "shop", "preset": "shopify"}).status_code == 422


def test_a_source_of_this_kind_leads_to_its_own_page_and_shows_its_state_in_the_list(
    page, webhook, clickhouse
):
    Received.objects.create(webhook=webhook, body="{}", state="failed")
    assert (
        page.get(f"/data/sources/{webhook.source_id}/")
        .headers["Location"]
        .endswith(f"/webhooks/{webhook.source_id}/")
    )
    assert "1 failed" in page.get("/data/").text


def test_the_preview_shows_events_and_tells_troubles_beside_their_field(page, webhook):
    address = f"/data/webhooks/{webhook.source_id}/mapping/preview/"
    sample = json.dumps(GENERIC.sample)
    assert "This makes 1 event" in page.post(address, {**FIELDS, "sample": sample}).text
    broken = page.post(address, {**FIELDS, "properties": "value: event | number", "sample": sample}).text
    assert "properties.value" in broken
    assert "is not a number" in broken
    assert page.post(address, {**FIELDS, "sample": "{"}).status_code == 200


def test_a_mapping_is_saved_only_when_it_makes_events(page, webhook):
    address = f"/data/webhooks/{webhook.source_id}/mapping/"
    assert page.post(address, {**FIELDS, "sample": "{}"}).status_code == 422
    assert page.post(address, {**FIELDS, "sample": json.dumps(GENERIC.sample)}).status_code == 302
    webhook.refresh_from_db()
    assert webhook.mapping["properties"] == {"value": "value | number"}


@pytest.mark.parametrize("preset", ["", "?preset=shopify", "?preset=none"])
def test_the_editor_opens_with_what_is_in_use_or_a_preset(page, webhook, send, preset):
    send(webhook, {"hello": "<script>"})
    answer = page.get(f"/data/webhooks/{webhook.source_id}/mapping/{preset}")
    assert answer.status_code == 200
    assert "<script>&quot;" not in answer.text


def test_what_was_received_can_be_read_chosen_and_taken_again(page, webhook, send, clickhouse):
    send(webhook, {"odd": 1})
    taking.run_once()
    received, base = Received.objects.get(), f"/data/webhooks/{webhook.source_id}/"
    assert "user_id" in page.get(f"{base}received/{received.pk}/").text
    assert "odd" in page.get(f"{base}mapping/sample/{received.pk}/").text
    page.post(f"{base}received/decide/", {"action": "replay", "received": str(received.pk)})
    received.refresh_from_db()
    assert received.state == "waiting"
    assert "Needs" not in page.get(base).text


def test_security_asks_for_what_a_way_of_signing_needs(page, webhook):
    address = f"/data/webhooks/{webhook.source_id}/security/"
    data = {"signing": "hmac", "tolerance_seconds": 300, "per_minute": 600}
    assert page.post(address, data).status_code == 422
    assert page.post(address, {**data, "secret": "s", "header": "X-Sign"}).status_code == 302
    assert "value=&quot;s&quot;" not in page.get(address).text


def test_the_api_makes_tries_and_maps(client, actor, db):
    _, secret = keys.create(actor=actor, name="K", role="admin")
    headers, path = {"Authorization": f"Bearer {secret}"}, "/api/v1/webhook-sources"
    call = {"content_type": "application/json", "headers": headers}
    created = client.post(path, {"name": "Shop"}, **call).json()
    body = {"mapping": {"event": "nothing"}, "sample": GENERIC.sample}
    trial = client.post(f"{path}/{created['id']}/trials", body, **call).json()
    assert [trouble["field"] for trouble in trial["troubles"]] == ["user_id", "event"]
    assert client.put(f"{path}/{created['id']}/mapping", body, **call).status_code == 422
    body["mapping"] = GENERIC.mapping
    assert client.put(f"{path}/{created['id']}/mapping", body, **call).json()["mapped_at"]
    assert client.get(f"{path}/{created['id']}/payloads", headers=headers).json()["data"] == []


def test_the_audit_log_names_and_links_the_source_not_one_whose_number_is_the_same(actor, webhook):
    # One number is taken by a source that is no webhook, so that the numbers of both differ.
    Source.objects.create(name="Website", write_key="wk_website")
    later = webhooks.create_webhook(actor=actor, name="Tills", preset="generic")
    entries = AuditEntry.objects.filter(action__startswith="webhook.").values_list("object_id", flat=True)
    assert set(entries) == {str(webhook.source_id), str(later.source_id)}
