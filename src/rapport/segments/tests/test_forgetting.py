"""Nothing of an erased person stays in files, in answers of receivers or in the event store."""

import pytest

from rapport.core.models import SpoolBlock
from rapport.governance.services import erasure
from rapport.segments.models import Sync, SyncMessage, WebhookAttempt
from rapport.segments.services import personal_data, store
from rapport.segments.services import webhook_sending as sending
from rapport.segments.services.segments import create_segment
from rapport.segments.tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def segment(actor, clickhouse):
    return create_segment(actor=actor, name="Vips", definition={"trait": "vip", "is": True})


def test_what_a_receiver_answered_is_forgotten(segment, person):
    ada = person(email="ada@example.org").pk
    sync = Sync.objects.create(segment=segment, kind="webhook", name="x", created_at=NOW, next_at=NOW)
    sync_message = SyncMessage.objects.create(
        sync=sync, message_id="m", kind="delta", entered=[ada], created_at=NOW, next_attempt_at=NOW
    )
    WebhookAttempt.objects.create(
        message=sync_message, at=NOW, milliseconds=1, response="hello ada@example.org"
    )
    personal_data.erase([ada])
    assert WebhookAttempt.objects.get().response == ""


def test_the_history_of_segments_is_erased_even_if_the_store_was_away(
    segment, actor, person, clickhouse, monkeypatch
):
    ada = person(email="ada@example.org")
    store.spool([store.Change(segment.pk, ada.pk, True, NOW)], version=1)
    store._deliver(_lines(segment, ada), SpoolBlock.objects.get())
    assert clickhouse.scalar("SELECT count() FROM segment_moves") == 1
    erasure.erase(actor=actor, person_id=ada.pk)
    assert clickhouse.scalar("SELECT count() FROM segment_moves") == 0


def _lines(segment, ada):
    row = store._row(store.Change(segment.pk, ada.pk, True, NOW), 1)
    return store._encode(row)


@pytest.mark.parametrize(("header", "text"), [("²", "ok"), ("9" * 5000, "ok"), ("", "a\x00b")])
def test_no_answer_makes_a_message_be_sent_for_ever(segment, monkeypatch, header, text):
    sync = Sync.objects.create(
        segment=segment, kind="webhook", name="x", created_at=NOW, next_at=NOW, secret="whsec_AAAA"
    )
    sync_message = SyncMessage.objects.create(
        sync=sync, message_id="m", kind="delta", created_at=NOW, next_attempt_at=NOW
    )
    answer = sending.outbound.Answer(500, {"retry-after": header}, text)
    monkeypatch.setattr(sending.outbound, "request", lambda *_args, **_named: answer)
    sending.send_once(type("C", (), {"now": lambda _self: NOW})())
    sync_message.refresh_from_db()
    assert sync_message.attempts == 1
