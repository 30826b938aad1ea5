from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.models import SenderIdentity
from rapport.channels.tests.http_api import Api, api_server
from rapport.channels.tests.sink import Sink


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
def provider(settings: Any) -> Iterator[Api]:
    """A provider's API that answers as the test says."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with api_server() as server:
        yield server
