"""A stream that stands still is seen from outside."""

import datetime as dt
import json

import pytest

from rapport.config import doctor
from rapport.core.clock import SYSTEM
from rapport.core.models import SpoolBlock
from rapport.core.services import spool
from rapport.events.models import Source
from rapport.events.services import envelope, log, tries

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def waiting(live):
    """An event that was received two minutes ago."""
    # Tries are counted on a connection of their own, so those of earlier tests outlive them, and to delete them in
    # this test's transaction would lock them.
    tries._run("DELETE FROM events_streamtry", [])
    received = SYSTEM.now() - dt.timedelta(minutes=2)
    call = json.dumps({"type": "track", "event": "Seen", "userId": "u1", "messageId": "m1"})
    source = Source.objects.create(name="shop", write_key="wk_shop")
    log.append(source.pk, [envelope.accept(call.encode(), type_="", received=received, sent=None)], received)
    return live


def test_readiness_and_doctor_see_an_event_that_nobody_takes_up(waiting, client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "stalled")
    [problem] = answer.json()["stalled"]
    assert problem in [line for good, line in doctor._log() if not good]
    waiting.settle()
    assert client.get("/readyz").json()["status"] == "ready"
    assert all(good for good, _ in doctor._log())


def test_readiness_sees_a_block_that_never_reaches_clickhouse(client, clickhouse):
    spool.put("events", [b"{}"])
    assert client.get("/readyz").json()["status"] == "ready"
    SpoolBlock.objects.update(created_at=SYSTEM.now() - dt.timedelta(minutes=6))
    assert "ClickHouse" in client.get("/readyz").json()["stalled"][0]
