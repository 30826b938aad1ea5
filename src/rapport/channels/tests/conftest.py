from __future__ import annotations

from collections.abc import Iterator

import pytest

from rapport.channels.tests.sink import Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    running = Sink().start()
    yield running
    running.controller.stop()
