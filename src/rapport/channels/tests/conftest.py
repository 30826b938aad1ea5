from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.tests.sink import Sink
from rapport.core import crypto
from rapport.core.models import ApiKey, Workspace
from rapport.core.permissions import grants_of_role


@pytest.fixture
def sink() -> Iterator[Sink]:
    running = Sink().start()
    yield running
    running.controller.stop()


@pytest.fixture
def sender(db: None) -> None:
    """Whom messages come from."""
    Workspace.objects.update_or_create(pk=1, defaults={"sender_email": "shop@example.org"})


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
