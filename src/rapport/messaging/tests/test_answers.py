"""Answers by hand: threaded as mail programs expect, sent once, taken back in time, forgotten.

Several are failures of others: Reply-To ignored (Zammad 203, 678), a broken one stopping the mail (Zammad 4452),
answers without References (Chatwoot 885, 11719), an answer to one's own mail going to oneself (Zammad 986), free text
taken after WhatsApp's window (Chatwoot 9516), no template offered then (14800), the history missing (9718).
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from rapport.channels.incoming import Reply
from rapport.channels.models import ChannelAccount, SenderIdentity
from rapport.channels.protocol import Attachment
from rapport.channels.services import accounts
from rapport.channels.tests.provider import Provider
from rapport.content.services import templates
from rapport.core.access import Actor
from rapport.core.permissions import Reach
from rapport.core.services import incarnations
from rapport.messaging.models import Answer, Delivery, InboundMessage, Mailbox, MessageFile
from rapport.messaging.queries import thread
from rapport.messaging.services import answers, arrivals, calls, mailbox_intake, personal_data
from rapport.messaging.services.answers import Written
from rapport.messaging.tests import driving
from rapport.messaging.tests.mails import mail
from rapport.people.models import Identifier, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(consenting: Any, settings: Any, clock: Any) -> Person:
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    incarnations.recognise(clock.now())
    for stream in ("marketing", "transactional"):
        SenderIdentity.objects.update_or_create(
            stream=stream, defaults={"name": "Shop", "address": "shop@shop.example"}
        )
    person: Person = consenting("ada")
    Identifier.objects.create(person=person, type="email", value=person.email, first_seen_at=clock.now())
    return person


@pytest.fixture
def wrote(ada: Person, clock: Any) -> Any:
    """Has a mail read as it lies in a mailbox; returns what was kept."""
    box = Mailbox.objects.create(name="Box", host="imap.example", username="shop", created_by="test")

    def run(text: str = "When do you open?", **headers: str) -> InboundMessage:
        given = {"From": f"Ada <{ada.email}>", "Subject": "Opening", "Message_ID": "<q1@home.example>"}
        raw = mail(text, **(given | headers))
        mailbox_intake.take(mailbox=box, raw=raw, received_at=clock.now(), clock=clock)
        own_id = (given | headers)["Message_ID"].strip("<>")
        return InboundMessage.objects.get(provider_id=own_id)

    return run


@pytest.fixture
def answered(actor: Actor, clock: Any) -> Any:
    """Answers a message of either direction."""

    def run(message: Any, text: str = "At nine.", **more: Any) -> Delivery:
        target = thread.target_of(actor, message.pk)
        return answers.send(actor=actor, target=target, written=Written({"text": text}, **more), clock=clock)

    return run


def read(sink: Any) -> Any:
    return email.message_from_bytes(sink.taken[-1][1], policy=email.policy.default)


def test_an_answer_stands_in_the_thread_of_what_it_answers(
    wrote: Any, answered: Any, channel: Any, sink: Any, clock: Any
) -> None:
    row = wrote(References="<a@home.example> <b@home.example>")
    answer = answered(row, "At nine <sharp>.\n{{ person.email }}", quotes=True)
    driving.run_once(clock, 10, channel)
    sent = read(sink)
    assert (sent["In-Reply-To"], sent["Subject"]) == ("<q1@home.example>", "Re: Opening")
    assert sent["References"].split() == ["<a@home.example>", "<b@home.example>", "<q1@home.example>"]
    assert (sent["To"], sent["Message-ID"]) == ("Ada <ada@example.org>", f"<{answer.pk}@shop.example>")
    for header in ("Auto-Submitted", "List-Id", "List-Unsubscribe", "Feedback-ID", "Precedence"):
        assert sent[header] is None
    plain = sent.get_body(("plain",)).get_content().replace("\r", "")
    assert plain.startswith("At nine <sharp>.\n{{ person.email }}")
    assert "> When do you open?" in plain
    html = sent.get_body(("html",)).get_content()
    assert "At nine &lt;sharp&gt;.<br />" in html
    assert "/e/" not in html


def test_what_comes_back_to_an_answer_and_an_answer_to_that_go_on(
    wrote: Any, answered: Any, channel: Any, sink: Any, clock: Any
) -> None:
    answer = answered(wrote())
    driving.run_once(clock, 10, channel)
    chain = f"<q1@home.example> <{answer.pk}@shop.example>"
    again = wrote("Thanks", Message_ID="<q2@home.example>", Subject="AW: Re: Opening", References=chain)
    assert again.delivery == answer
    answered(again)
    driving.run_once(clock, 10, channel)
    sent = read(sink)
    assert sent["Subject"] == "Re: Opening"
    assert sent["References"].split() == [*chain.split(), "<q2@home.example>"]


def test_writing_further_after_ones_own_answer_goes_to_the_person(
    wrote: Any, answered: Any, channel: Any, sink: Any, clock: Any
) -> None:
    first = answered(wrote())
    driving.run_once(clock, 10, channel)
    answered(Delivery.objects.get(pk=first.pk), "And until six.")
    driving.run_once(clock, 10, channel)
    sent = read(sink)
    assert (sink.recipients, sent["In-Reply-To"]) == (["ada@example.org"] * 2, f"<{first.pk}@shop.example>")
    assert sent["References"].split() == ["<q1@home.example>", f"<{first.pk}@shop.example>"]


@pytest.mark.parametrize(
    ("reply_to", "goes_to"),
    [
        ("Ada at home <home@example.net>", "home@example.net"),
        ('"Jane Doe"', "ada@example.org"),
        ("", "ada@example.org"),
        ("shop@shop.example", "ada@example.org"),
    ],
)
def test_answers_go_where_the_writer_wants_them(
    wrote: Any, answered: Any, reply_to: str, goes_to: str
) -> None:
    target = answered(wrote(**({"Reply_To": reply_to} if reply_to else {})))
    assert (target.requested_address or "ada@example.org") == goes_to


def test_a_mail_of_a_form_belongs_to_whoever_filled_it_in(wrote: Any, ada: Person) -> None:
    row = wrote(From="Form <noreply@host.example>", Reply_To="ada@example.org")
    assert (row.person, row.answer_to) == (ada, "ada@example.org")


def test_files_travel_and_go_with_the_person(
    wrote: Any, answered: Any, ada: Person, channel: Any, sink: Any, clock: Any, page: Any
) -> None:
    odd = Attachment("x\r\n.txt", "oops", b"\0\xff")
    answered(wrote(), files=[Attachment("Preise äöü.pdf", "application/pdf", b"%PDF-1"), odd])
    driving.run_once(clock, 10, channel)
    attached = [
        (part.get_filename(), part.get_content_type(), part.get_content())
        for part in read(sink).iter_attachments()
    ]
    assert attached == [
        ("Preise äöü.pdf", "application/pdf", b"%PDF-1"),
        ("x.txt", "application/octet-stream", b"\0\xff"),
    ]
    kept = page.get(reverse("messaging:file", args=[MessageFile.objects.get(size=6).pk]))
    assert b"".join(kept.streaming_content) == b"%PDF-1"
    assert kept["Content-Disposition"].startswith("attachment;")
    assert personal_data.export([ada.pk])["deliveries"][0]["files"][0]["size"] == 6
    personal_data.erase([ada.pk])
    assert not Answer.objects.exists()
    assert not MessageFile.objects.exists()
    assert Delivery.objects.get().data == {}


def test_too_much_or_nothing_is_refused_beside_the_field(wrote: Any, answered: Any) -> None:
    row = wrote()
    for more, field in (
        ({"text": "  "}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"files": [Attachment("a", "text/plain", b"x" * (11 << 20))]}, "files"),
        ({"purpose": "no-such"}, "purpose"),
        ({"template": "no-such"}, "template"),
    ):
        with pytest.raises(ValidationError) as error:
            answered(row, **more)
        assert list(error.value.message_dict) == [field]


def test_the_same_key_sends_once_and_an_answer_is_taken_back_in_time(
    wrote: Any, answered: Any, actor: Actor, channel: Any, sink: Any, clock: Any
) -> None:
    row, at = wrote(), clock.now() + answers.UNDO
    first = answered(row, key="k", send_at=at)
    assert answered(row, key="k", send_at=at).pk == first.pk
    driving.run_once(clock, 10, channel)
    assert sink.recipients == []
    assert calls.cancel(actor=actor, delivery_id=first.pk, clock=clock).reason == "cancelled"
    answered(row, key="other", send_at=at)
    clock.advance(answers.UNDO)
    driving.run_once(clock, 10, channel)
    assert sink.recipients == ["ada@example.org"]


def test_it_takes_a_permission_of_its_own_and_reach(
    wrote: Any, answered: Any, actor: Actor, clock: Any
) -> None:
    target = thread.target_of(actor, wrote().pk)
    reader = Actor("user", "1", "Reader", {"messages.view": Reach.ALL, "people.view": Reach.ALL})
    with pytest.raises(PermissionDenied):
        answers.send(actor=reader, target=target, written=Written({"text": "Hi"}), clock=clock)


@pytest.fixture
def whatsapp(settings: Any, actor: Actor, ada: Person, clock: Any) -> Any:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    server = Provider(lambda request: (200, {"messages": [{"id": "wamid.9"}]}))
    names = ("phone_number_id", "business_account_id", "access_token", "app_secret", "verify_token")
    values = dict.fromkeys(names, "1") | {"base_url": server.url}
    account = accounts.create(actor=actor, adapter="whatsapp", name="WA", values=values)
    Identifier.objects.create(person=ada, type="phone", value="+4915187654321", first_seen_at=clock.now())
    yield account, server
    server.close()


def test_after_the_window_only_a_template_answers(
    whatsapp: tuple[ChannelAccount, Provider], answered: Any, actor: Actor, clock: Any
) -> None:
    account, server = whatsapp
    reply = Reply("wamid.1", "+4915187654321", "Hello?", clock.now())
    arrivals.take(account=account, incoming=[reply], clock=clock)
    row = InboundMessage.objects.get()
    assert answered(row, "Yes?").state == "queued"
    driving.run_once(clock)
    assert server.taken[-1].json["context"] == {"message_id": "wamid.1"}
    clock.advance(dt.timedelta(hours=25))
    with pytest.raises(ValidationError, match="choose a template"):
        answered(row, "Late")
    written = templates.create_template(
        actor=actor, name="Again", key="again", channel="whatsapp", fields={"template": "again/en"}
    )
    sent = answered(row, template=written.key)
    driving.run_once(clock)
    sent.refresh_from_db()
    assert (sent.state, server.taken[-1].json["template"]["name"]) == ("sent", "again")


def test_a_message_of_nobody_has_to_be_matched_first(wrote: Any, actor: Actor) -> None:
    row = wrote(From="who@nowhere.example")
    assert row.person is None
    with pytest.raises(ValidationError, match="whose message"):
        thread.target_of(actor, row.pk)


def test_hostile_ids_stay_out_of_headers(
    wrote: Any, answered: Any, channel: Any, sink: Any, clock: Any
) -> None:
    row = wrote()
    InboundMessage.objects.update(
        provider_id="x>\r\nBcc: all@example.org", earlier=["<ok@a.example>", "<b\r\nX: y>", "é@x", "z" * 400]
    )
    answered(InboundMessage.objects.get(pk=row.pk))
    driving.run_once(clock, 10, channel)
    sent = read(sink)
    assert (sent["Bcc"], sent["X"], sent["In-Reply-To"]) == (None, None, None)
    assert sent["References"] == "<ok@a.example>"
    assert uuid.UUID(sent["Message-ID"][1:37])
