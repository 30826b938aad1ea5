import base64
import hashlib
import hmac
import json

import pytest

from rapport.transfers.feeds.presets import PRESETS
from rapport.transfers.feeds.services import webhooks

GENERIC = PRESETS["generic"]


@pytest.fixture
def webhook(db, actor):
    """A webhook source with the generic mapping in use."""
    row = webhooks.create_webhook(actor=actor, name="Bookings", preset="generic")
    return webhooks.save_mapping(
        actor=actor, webhook_id=row.pk, mapping=GENERIC.mapping, sample=json.dumps(GENERIC.sample)
    )


@pytest.fixture
def send(client):
    """send(webhook, payload, **headers): a delivery as another system posts it."""

    def post(webhook, payload, content_type="application/json", **headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return client.post(f"/in/{webhook.token}", body, content_type=content_type, headers=headers)

    return post


def signature(secret: bytes, message: bytes, encoding: str = "hex") -> str:
    mac = hmac.new(secret, message, hashlib.sha256).digest()
    return mac.hex() if encoding == "hex" else base64.b64encode(mac).decode()
