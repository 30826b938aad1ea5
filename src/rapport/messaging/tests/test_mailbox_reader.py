"""Reading a real mailbox (Dovecot): nothing lost, nothing twice, and nothing stops it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import OperationalError

from rapport.channels.email import imap
from rapport.core import jobs
from rapport.core.services import incarnations
from rapport.messaging.models import InboundMessage, IncomingMail, Mailbox
from rapport.messaging.services import mailbox_intake, mailbox_reader, mailboxes
from rapport.messaging.tests.dovecot import PASSWORD, USER, Dovecot
from rapport.messaging.tests.mails import mail

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server():
    running = Dovecot().start()
    yield running
    running.stop()


@pytest.fixture
def imap_server(server, monkeypatch):
    server.empty()
    monkeypatch.setenv("SSL_CERT_FILE", str(server.folder / "tls.pem"))
    return server


@pytest.fixture
def set_up(imap_server, actor, clock):
    def make(**more):
        values = {"host": "localhost", "port": imap_server.tls_port, "username": USER, "password": PASSWORD}
        return mailboxes.create(actor=actor, values=values | {"name": "Replies"} | more, clock=clock)

    return make


@pytest.fixture
def reader(clock):
    incarnations.recognise(clock.now())
    running = mailbox_reader.Reader()
    yield running
    running.close()


def written(number, **more):
    headers = {"From": f"Ada{number} <ada{number}@home.example>", "Message_ID": f"<{number}@home.example>"}
    return mail(f"Letter {number}", **(headers | {"Subject": f"Letter {number}"} | more))


def texts():
    return list(InboundMessage.objects.order_by("text").values_list("text", flat=True))


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_what_is_new_is_read_in_order_and_marked(imap_server, set_up, reader, clock, security):
    port = imap_server.tls_port if security == "tls" else imap_server.port
    mailbox = set_up(security=security, port=port)
    imap_server.put(written(1), written(2))
    assert reader.run_once(clock) == 2
    assert texts() == ["Letter 1", "Letter 2"]
    assert imap_server.flags() == [True, True]
    mailbox.refresh_from_db()
    assert mailbox.last_mail_at == mailbox.last_success_at == clock.now()


def test_news_is_seen_while_waiting(imap_server, set_up, reader, clock):
    set_up()
    assert reader.run_once(clock) == 0
    imap_server.put(written(1))
    (session,) = reader._sessions.values()
    assert session.folder.has_news(10.0)
    session.more = True
    assert reader.run_once(clock) == 1


def test_a_second_process_leaves_it_alone_and_takes_over_when_the_first_is_gone(
    imap_server, set_up, reader, clock
):
    set_up()
    imap_server.put(written(1))
    assert reader.run_once(clock) == 1
    second = mailbox_reader.Reader()
    imap_server.put(written(2))
    assert second.run_once(clock) == 0
    clock.advance(mailbox_reader.LEASE)
    assert second.run_once(clock) == 1
    assert reader.run_once(clock) == 0
    assert texts() == ["Letter 1", "Letter 2"]
    second.close()


def test_a_mail_that_lies_there_twice_is_taken_once(imap_server, set_up, reader, clock):
    set_up()
    imap_server.put(written(1), written(1), written(2))
    reader.run_once(clock)
    assert texts() == ["Letter 1", "Letter 2"]
    assert list(IncomingMail.objects.order_by("uid").values_list("outcome", flat=True)) == [
        "kept",
        "duplicate",
        "kept",
    ]


def test_a_server_that_numbers_its_mails_anew_doubles_nothing(imap_server, set_up, reader, clock):
    mailbox = set_up()
    imap_server.put(written(1), written(2))
    reader.run_once(clock)
    Mailbox.objects.filter(pk=mailbox.pk).update(uid_validity=7)
    reader.close()
    imap_server.put(written(3))
    again = mailbox_reader.Reader()
    assert again.run_once(clock) == 3
    assert texts() == ["Letter 1", "Letter 2", "Letter 3"]
    again.close()


def test_a_process_that_dies_between_two_mails_goes_on_where_it_stopped(
    imap_server, set_up, clock, monkeypatch
):
    set_up()
    incarnations.recognise(clock.now())
    imap_server.put(written(1), written(2), written(3))
    dying, real, taken = mailbox_reader.Reader(), mailbox_intake.take, []

    def take(**given):
        if taken:
            raise OperationalError("the connection is gone")
        taken.append(1)
        return real(**given)

    monkeypatch.setattr(mailbox_intake, "take", take)
    with pytest.raises(OperationalError):
        dying.run_once(clock)
    assert imap_server.flags() == [False, False, False]
    monkeypatch.setattr(mailbox_intake, "take", real)
    clock.advance(mailbox_reader.LEASE)
    after = mailbox_reader.Reader()
    assert after.run_once(clock) == 2
    assert texts() == ["Letter 1", "Letter 2", "Letter 3"]
    assert imap_server.flags() == [True, True, True]
    after.close()


def test_a_mail_that_cannot_be_read_is_set_aside_and_read_again_when_asked(
    imap_server, set_up, reader, clock, actor, monkeypatch
):
    set_up()
    real = mailbox_intake.take

    def take(**given):
        if b"Letter 2" in given["raw"]:
            raise RuntimeError("poisoned\0")
        return real(**given)

    monkeypatch.setattr(mailbox_intake, "take", take)
    imap_server.put(written(1), written(2), written(3))
    assert reader.run_once(clock) == 3
    assert texts() == ["Letter 1", "Letter 3"]
    poisoned = IncomingMail.objects.get(outcome="quarantined")
    assert poisoned.reason == "RuntimeError: poisoned"
    assert imap_server.flags() == [True, False, True]
    monkeypatch.setattr(mailbox_intake, "take", real)
    mailboxes.retry(actor=actor, mail_id=poisoned.pk, clock=clock)
    reader.run_once(clock)
    assert texts() == ["Letter 1", "Letter 2", "Letter 3"]


def test_what_was_read_is_moved_to_a_folder_that_is_made_when_there_is_none(
    imap_server, set_up, reader, clock
):
    set_up(after="move", move_to="Read")
    imap_server.put(written(1), written(2))
    reader.run_once(clock)
    assert (imap_server.flags(), imap_server.flags("Read")) == ([], [True, True])


def test_a_folder_that_cannot_be_moved_to_stops_no_reading(imap_server, set_up, reader, clock):
    mailbox = set_up(after="move", move_to="a/b")
    imap_server.put(written(1))
    reader.run_once(clock)
    assert texts() == ["Letter 1"]
    mailbox.refresh_from_db()
    assert "a/b" in mailbox.last_error or "/" in mailbox.last_error


def test_a_huge_mail_is_read_only_at_its_beginning(imap_server, set_up, reader, clock):
    set_up()
    imap_server.put(written(1) + b"x" * 12_000_000)
    assert reader.run_once(clock) == 1
    row = IncomingMail.objects.get()
    assert row.size > 12_000_000
    assert texts()[0].startswith("Letter 1")
    assert len(texts()[0]) <= 100_000


def test_a_wrong_password_says_what_to_do_and_is_tried_again_later(set_up, reader, clock):
    mailbox = set_up(password="wrong")
    reader.run_once(clock)
    mailbox.refresh_from_db()
    assert "app password" in mailbox.last_error
    assert "wrong" not in mailbox.last_error
    assert mailbox.next_attempt_at > clock.now()
    assert mailbox.has_failed


def test_a_connection_that_breaks_is_opened_again(imap_server, set_up, reader, clock):
    mailbox = set_up()
    reader.run_once(clock)
    (session,) = reader._sessions.values()
    session.folder.close()
    session.more = True
    assert reader.run_once(clock) == 0
    mailbox.refresh_from_db()
    assert mailbox.last_error
    imap_server.put(written(1))
    clock.advance(dt.timedelta(minutes=1))
    assert reader.run_once(clock) == 1
    mailbox.refresh_from_db()
    assert not mailbox.last_error


def test_a_change_takes_effect_at_once_and_a_disabled_mailbox_is_left_alone(
    imap_server, set_up, reader, clock, actor
):
    mailbox = set_up()
    reader.run_once(clock)
    mailboxes.disable(actor=actor, mailbox_id=mailbox.pk, clock=clock)
    imap_server.put(written(1))
    assert reader.run_once(clock) == 0
    mailboxes.disable(actor=actor, mailbox_id=mailbox.pk, undo=True, clock=clock)
    assert reader.run_once(clock) == 1


def test_restored_data_read_nothing_until_somebody_decided(imap_server, set_up, reader, clock, monkeypatch):
    set_up()
    imap_server.put(written(1))
    monkeypatch.setattr(incarnations, "waiting", object)
    assert reader.run_once(clock) == 0


def test_a_reader_that_lost_its_lease_commits_nothing(imap_server, set_up, clock):
    mailbox = set_up()
    (claimed,) = jobs.claim(mailboxes.active(), now=clock.now(), lease=mailbox_reader.LEASE)
    Mailbox.objects.filter(pk=mailbox.pk).update(fence=99)
    fetched = imap.Fetched(1, written(1), 10, clock.now())
    with pytest.raises(jobs.Lost):
        mailbox_reader.take_one(claimed, 1, fetched, clock)
    assert not InboundMessage.objects.exists()


def test_a_test_says_how_many_mails_there_are_or_what_is_wrong(imap_server, set_up, actor, clock):
    mailbox = set_up()
    imap_server.put(written(1))
    seen = mailboxes.try_out(actor=actor, mailbox_id=mailbox.pk, clock=clock)
    assert seen.works
    assert "1" in seen.words
    mailboxes.change(actor=actor, mailbox_id=mailbox.pk, values={"folder": "Nowhere"}, clock=clock)
    seen = mailboxes.try_out(actor=actor, mailbox_id=mailbox.pk, clock=clock)
    assert not seen.works
    assert "Nowhere" in seen.words
