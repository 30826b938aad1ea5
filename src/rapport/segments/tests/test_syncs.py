"""A receiver is told who enters and leaves, once, in order, signed, again until it answers, and never inside."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage

from rapport.core import access, jobs
from rapport.core.clock import VirtualClock
from rapport.core.models import User
from rapport.core.services import outbound
from rapport.segments.models import Sync, SyncedMember, SyncMessage, WebhookAttempt
from rapport.segments.services import personal_data, syncs
from rapport.segments.services import webhook_sending as sending
from rapport.segments.services.segments import create_segment
from rapport.segments.tests.conftest import NOW, evaluate_people
from rapport.transfers.models import Export


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        self.send_header("location", "http://169.254.169.254/")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got, server.answers = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def sync(db, actor, receiver):
    segment = create_segment(actor=actor, name="Vips", definition={"trait": "vip", "is": True})
    url = f"http://127.0.0.1:{receiver.server_address[1]}/hook"
    clock = VirtualClock(NOW)
    return syncs.create_sync(
        actor=actor, segment=segment, kind="webhook", name="ERP", url=url, traits=["vip"], clock=clock
    )


def work(minutes=0):
    clock = VirtualClock(NOW + dt.timedelta(minutes=minutes))
    while sending.run_once(clock):
        pass


def change(world, person_id, vip):
    world.person({"vip": vip}, person_id=person_id, version=change.version)
    change.version += 1
    evaluate_people([person_id], NOW)


change.version = 10


def test_entering_and_leaving_are_told_once(world, sync, receiver):
    ada = world.person({"vip": True})
    evaluate_people([ada], NOW)
    work()
    work(1)
    change(world, ada, False)
    work(2)
    payloads = [json.loads(body)["data"] for _, body in receiver.got]
    assert [len(payload["entered"]) for payload in payloads] == [1, 0]
    assert payloads[0]["entered"][0]["traits"] == {"vip": True}
    assert payloads[1]["left"] == [{"person_id": str(ada)}]


def test_a_message_is_signed_as_standard_webhooks_want_it(world, sync, receiver):
    evaluate_people([world.person({"vip": True})], NOW)
    work()
    headers, body = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(sync.secret[6:]), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()


def test_what_fails_is_sent_again_later_under_the_same_id(world, sync, receiver):
    receiver.answers = [500, 302]
    evaluate_people([world.person({"vip": True})], NOW)
    for minute in (0, 1, 5):
        work(minute)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert list(WebhookAttempt.objects.order_by("pk").values_list("status", flat=True)) == [500, 302, 204]
    assert SyncMessage.objects.get().state == "sent"


def test_messages_of_a_sync_keep_their_order(world, sync, receiver):
    receiver.answers = [500]
    ada = world.person({"vip": True})
    evaluate_people([ada], NOW)
    work()
    change(world, ada, False)
    for minute in (1, 2, 3):
        work(minute)
    assert [len(json.loads(body)["data"]["left"]) for _, body in receiver.got] == [0, 0, 1]


def test_a_paused_sync_sends_later_what_it_missed(world, sync, receiver, actor):
    syncs.pause_sync(actor=actor, sync=sync)
    evaluate_people([world.person({"vip": True})], NOW)
    work()
    assert receiver.got == []
    syncs.resume_sync(actor=actor, sync=sync, clock=VirtualClock(NOW))
    work(1)
    assert len(receiver.got) == 1


def test_a_receiver_that_is_gone_is_left_alone(world, sync, receiver):
    receiver.answers = [410]
    evaluate_people([world.person({"vip": True})], NOW)
    work()
    assert Sync.objects.get().paused_at is not None


def test_a_snapshot_has_everybody_and_a_replay_the_same_id(world, sync, receiver, actor):
    evaluate_people([world.person({"vip": True}), world.person({"vip": True})], NOW)
    syncs.send_snapshot(actor=actor, sync=sync, clock=VirtualClock(NOW))
    work()
    assert len(json.loads(receiver.got[0][1])["data"]["members"]) == 2
    syncs.replay(actor=actor, message=SyncMessage.objects.get(), clock=VirtualClock(NOW))
    work(1)
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]


def test_of_the_erased_a_receiver_hears_the_id_only(
    world, sync, receiver, django_capture_on_commit_callbacks
):
    ada = world.person({"vip": True})
    evaluate_people([ada], NOW)
    work()
    with django_capture_on_commit_callbacks(execute=True):
        personal_data.erase([ada])
    assert not SyncedMember.objects.exists()
    SyncMessage.objects.filter(state="waiting").update(next_attempt_at=NOW)
    work(1)
    assert json.loads(receiver.got[1][1])["data"]["left"] == [{"person_id": str(ada)}]
    assert SyncMessage.objects.first().entered == []


@pytest.fixture
def file_sync(sync, user, world, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    evaluate_people([world.person({"vip": True})], NOW)
    return syncs.create_sync(
        actor=access.for_user(user), segment=sync.segment, kind="file", name="Nightly", traits=["vip"],
        clock=VirtualClock(NOW),
    )  # fmt: skip


def test_a_file_is_written_for_who_made_the_sync(file_sync):
    work()
    jobs.run_once(VirtualClock(NOW), "transfers.export")
    [message] = SyncMessage.objects.filter(sync=file_sync)
    assert (message.export.state, message.export.actor_label) == ("done", "ada@example.org")
    with default_storage.open(message.export.path) as file:
        assert len(file.read().decode("utf-8-sig").splitlines()) == 2


def test_a_file_is_no_longer_written_when_its_maker_may_not_export(file_sync):
    User.objects.update(is_active=False)
    work()
    assert not Export.objects.exists()
    assert Sync.objects.get(pk=file_sync.pk).paused_at is not None


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://[::1]/", "http://10.0.0.8/", "http://169.254.169.254/latest", "http://0.0.0.0/",
     "http://[::ffff:127.0.0.1]/", "http://localhost/", "ftp://example.org/", "http://u:p@example.org/", "http://",
     "http://2130706433/", "http://[64:ff9b::7f00:1]/", "http://100.64.0.1/", "nonsense"],
)  # fmt: skip
def test_addresses_inside_are_refused(settings, url):
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(outbound.Refused):
        outbound.check(url)


def test_an_inside_address_is_refused_when_the_sync_is_made(sync, actor, settings):
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(ValidationError):
        syncs.create_sync(
            actor=actor, segment=sync.segment, kind="webhook", name="x", url="http://192.168.0.1/"
        )
