"""What hangs on messages and lies at a provider: kept soon after, or it says why not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from rapport.channels.incoming import Enclosed, Reply
from rapport.channels.services import accounts
from rapport.channels.tests.provider import Provider
from rapport.content.tests.conftest import START
from rapport.core import jobs
from rapport.messaging.models import InboundMessage, MessageFile
from rapport.messaging.services import arrivals, fetching
from rapport.people.models import Identifier

pytestmark = pytest.mark.django_db
TOKEN = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
FILES = {"small": b"photo", "large": bytes(61), "later": b"voice"}


@pytest.fixture
def bot(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW, settings.INBOUND_MB_PER_MESSAGE = ["127.0.0.1"], 60
    monkeypatch.setattr("rapport.messaging.services.files.MB", 1)

    def answer(request: Any) -> Any:
        if request.path.endswith("getFile"):
            return 200, {"ok": True, "result": {"file_path": request.json["file_id"]}}
        name = request.path.rpartition("/")[2]
        return (200, FILES[name]) if name in FILES else (404, {})

    server = Provider(answer)
    yield server
    server.close()


def test_files_at_the_provider_are_kept_each_by_itself(
    bot: Provider, new_person: Any, actor: Any, page: Any, clock: Any
) -> None:
    person = new_person("Ada")
    Identifier.objects.create(person=person, type="telegram_id", value="987654321", first_seen_at=START)
    values = {"token": TOKEN, "base_url": bot.url}
    account = accounts.create(actor=actor, adapter="telegram", name="Bot", values=values)
    files = [Enclosed("image/jpeg", f"{name}.jpg", name) for name in ("large", "later", "small", "gone")]
    message = Reply("987654321:1", "987654321", "Look", START, attachments=files)
    arrivals.take(account=account, incoming=[message, message], clock=clock)
    bot.faults = [(200, {"ok": True, "result": {"file_path": "large"}}), (200, FILES["large"]), "cut"]
    jobs.run_due(fetching.KIND, clock=clock)
    assert InboundMessage.objects.get().person == person
    kept = InboundMessage.objects.get().attachments
    assert [set(entry) & {"file", "why"} for entry in kept] == [{"why"}, set(), {"file"}, set()]
    clock.advance(dt.timedelta(minutes=5))
    jobs.run_due(fetching.KIND, clock=clock)
    assert [row.size for row in MessageFile.objects.all()] == [5, 5]
    for _try in range(8):
        clock.advance(dt.timedelta(hours=2))
        jobs.run_due(fetching.KIND, clock=clock)
    shown = page.get(reverse("messaging:person", args=[person.pk])).content.decode()
    assert shown.count(" download>") == 2
    assert "larger than" in shown
    assert "could not be fetched" in shown
