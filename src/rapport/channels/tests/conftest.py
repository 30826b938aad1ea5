from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.models import SenderIdentity
from rapport.channels.tests.http_api import Api, api_server
from rapport.channels.tests.sink import Sink
from rapport.core import crypto
from rapport.core.models import ApiKey
from rapport.core.permissions import grants_of_role


@pytest.fixture
def sink() -> Iterator[Sink]:
    running = Sink().start()
    yield running
    running.controller.stop()


@pytest.fixture
def sender(db: None) -> None:
    """Whom messages come from."""
    for stream in SenderIdentity.Stream.values:
        SenderIdentity.objects.create(stream=stream, name="Shop", address="shop@example.org")


@pytest.fixture
def api(client: Any, db: None) -> Any:
    """Calls the API with a key of an administrator: (status, answer)."""
    secret = crypto.token("rk")
    ApiKey.objects.create(
        name="t", prefix=secret[:8], digest=crypto.digest(secret), grants=grants_of_role("admin")
    )

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"authorization": f"Bearer {secret}"},
        )
        return answer.status_code, json.loads(answer.content)

    return call


@pytest.fixture
def provider(settings: Any) -> Iterator[Api]:
    """A provider's API that answers as the test says."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with api_server() as server:
        yield server
