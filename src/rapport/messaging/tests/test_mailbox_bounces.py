"""The whole loop with real servers: sent over Postfix, refused by the next server, reported into Dovecot, and read."""

from __future__ import annotations

import pytest

from rapport.channels.email.transport import EmailChannel
from rapport.channels.models import SenderIdentity
from rapport.channels.tests.sink import Sink
from rapport.core.services import incarnations
from rapport.governance.models import Suppression
from rapport.messaging.models import Delivery, IncomingMail, Receipt
from rapport.messaging.services import mailbox_reader, mailboxes
from rapport.messaging.tests import driving
from rapport.messaging.tests.dovecot import PASSWORD, USER, Dovecot
from rapport.messaging.tests.postfix import Postfix

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def servers():
    """The mailbox, the relay, and the server that the relay offers mail to."""
    imap_server, target = Dovecot().start(), Sink().start()
    imap_server.put(b"Subject: first\r\n\r\nmakes the folder")
    relay = Postfix(target.port, imap_server.folder / "mail").start()
    yield imap_server, relay, target
    relay.stop()
    imap_server.stop()
    target.controller.stop()


def read_until_a_receipt_came(clock):
    incarnations.recognise(clock.now())
    reader = mailbox_reader.Reader()
    reader.run_once(clock)
    for session in () if Receipt.objects.exists() else list(reader._sessions.values()):
        session.more = session.more or session.folder.has_news(20.0)
    reader.run_once(clock)
    reader.close()


@pytest.mark.parametrize(
    ("answer", "reason", "suppressed"),
    [
        ("550 5.1.1 user unknown", "user_unknown", True),
        ("554 5.7.1 blocked using zen.spamhaus.org", "blocked", False),
        ("552 5.2.2 mailbox full", "mailbox_full", False),
    ],
)
def test_a_report_of_a_real_server_has_its_effect(
    servers, consenting, order, actor, clock, answer, reason, suppressed
):
    imap_server, relay, target = servers
    target.on_rcpt = lambda address: answer
    values = {"host": "localhost", "port": imap_server.port, "security": "none", "username": USER}
    mailboxes.create(actor=actor, values=values | {"password": PASSWORD}, clock=clock)
    SenderIdentity.objects.update(address="shop@shop.example")
    consenting("Ada")
    order()
    channel = EmailChannel(f"smtp://127.0.0.1:{relay.port}?timeout=20", 1)
    driving.run_once(clock, 100, channel)
    channel.close()
    delivery = Delivery.objects.get()
    assert delivery.state == "sent"  # Postfix took it; the next server has yet to say no
    read_until_a_receipt_came(clock)
    receipt = Receipt.objects.get()
    assert (receipt.delivery, receipt.reason) == (delivery, reason), relay.log
    assert IncomingMail.objects.filter(outcome="counted").count() == 1
    assert Suppression.objects.exists() == suppressed
