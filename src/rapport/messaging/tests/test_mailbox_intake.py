"""What follows from a mail: only what is proved to be about a delivery of ours changes anything."""

from __future__ import annotations

import email
import email.policy
import uuid
from email.message import EmailMessage

import pytest
from django.core.files.storage import default_storage
from django.test import TestCase
from django.urls import reverse

from rapport.core.models import OutboxEvent
from rapport.governance.models import Consent, ConsentRecord, Suppression
from rapport.messaging.models import Delivery, InboundMessage, Mailbox, MessageFile, Receipt
from rapport.messaging.services import files, mailbox_intake, personal_data, tokens
from rapport.messaging.tests.conftest import decide
from rapport.messaging.tests.mails import bounce, complaint, mail, reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(consenting, order, work):
    consenting("Ada")
    order()
    work()
    return Delivery.objects.get()


@pytest.fixture
def mailbox(db):
    return Mailbox.objects.create(name="Bounces", host="imap.example", username="shop", created_by="test")


@pytest.fixture
def take(mailbox, clock):
    def run(raw, box=mailbox):
        return mailbox_intake.take(mailbox=box, raw=raw, received_at=clock.now(), clock=clock)

    return run


def test_a_bounce_of_ours_counts(take, delivery):
    taken = take(bounce(delivery))
    assert (taken.kind, taken.outcome, taken.delivery) == ("bounce", "counted", delivery)
    assert Receipt.objects.get().reason == "user_unknown"
    assert Suppression.objects.get().reason == "bounced"


@pytest.mark.parametrize(
    "answer",
    ["452 4.2.2 mailbox full", "554 5.7.1 blocked using a list", "552 5.3.4 message too big", "550 no"],
)
def test_a_bounce_for_another_reason_suppresses_nobody(take, delivery, answer):
    assert take(bounce(delivery, answer)).outcome == "counted"
    assert not Suppression.objects.exists()


def test_a_message_that_is_only_delayed_has_not_bounced(take, delivery):
    taken = take(bounce(delivery, "450 4.4.1 connection timed out", action="delayed"))
    assert (taken.outcome, taken.delivery) == ("noted", delivery)
    assert not Receipt.objects.exists()


def test_a_bounce_for_somebody_else_or_of_another_message_changes_nothing(take, delivery):
    for raw in (
        bounce(delivery, address="victim@example.org"),
        bounce(delivery, message_id=str(uuid.uuid4())),
        bounce(delivery, message_id="20261129.17@foreign"),
    ):
        assert take(raw).outcome == "unverified"
    assert not Receipt.objects.exists()
    assert not Suppression.objects.exists()


def test_a_bounce_of_a_message_that_never_left_is_forged(take, delivery):
    Delivery.objects.update(state="queued", handed_over_at=None)
    assert take(bounce(delivery)).outcome == "unverified"


def test_a_bounce_of_long_ago_is_not_believed(take, delivery, clock):
    clock.advance(mailbox_intake.LATEST)
    assert take(bounce(delivery)).outcome == "unverified"


def test_a_complaint_that_hides_its_author_is_known_by_our_message(take, delivery):
    assert take(complaint(delivery)).outcome == "counted"
    assert Suppression.objects.get().reason == "complained"
    assert Consent.objects.get().state == "withdrawn"


def test_a_report_of_failed_authentication_is_no_complaint(take, delivery):
    assert take(complaint(delivery, kind="auth-failure")).outcome == "noted"
    assert not Receipt.objects.exists()


def test_a_message_is_known_by_the_signature_of_its_unsubscribe_link_too(take, delivery):
    link = f"List-Unsubscribe: <{tokens.unsubscribe_url(delivery.pk)}>\r\nMessage-ID: <rewritten@relay>"
    ours = f"Message-ID: <{delivery.pk}@shop.example>"
    assert take(bounce(delivery).replace(ours.encode(), link.encode())).outcome == "counted"
    forged = link.replace("/e/u/", "/e/u/A")
    assert take(bounce(delivery).replace(ours.encode(), forged.encode())).outcome == "unverified"


def test_a_report_that_it_arrived_is_a_receipt(take, delivery):
    assert take(bounce(delivery, "250 2.0.0 ok", action="delivered")).outcome == "counted"
    assert Receipt.objects.get().kind == "delivered"


def test_an_absence_is_noted_and_nothing_more(take, delivery):
    taken = take(reply(delivery, "Back on Monday", Auto_Submitted="auto-replied"))
    assert (taken.kind, taken.outcome) == ("auto_reply", "noted")
    assert not InboundMessage.objects.exists()
    assert Consent.objects.get().state == "granted"


def test_a_reply_is_kept_once_and_told_to_the_timeline(take, delivery):
    before = OutboxEvent.objects.count()
    assert take(reply(delivery)).outcome == "kept"
    row = InboundMessage.objects.get()
    assert (row.person, row.delivery, row.subject, row.text) == (
        delivery.person,
        delivery,
        "Re: News",
        "When do you open?",
    )
    assert b'"Message Replied"' in bytes(OutboxEvent.objects.order_by("pk").last().payload)
    assert take(reply(delivery)).outcome == "duplicate"
    assert OutboxEvent.objects.count() == before + 1


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("STOP", {}),
        ("Please unsubscribe me from this list.\n\nOn Monday, Shop wrote:\n> News", {}),
        ("Bitte abmelden!\n-- \nAda", {}),
        ("Unsubscribe\n\nSent from my iPhone", {}),
        ("> News", {"Subject": "unsubscribe"}),
    ],
)
def test_an_answer_that_only_wants_no_more_is_taken_as_the_way_out(take, delivery, text, headers):
    assert take(reply(delivery, text, **headers)).outcome == "kept"
    assert (Consent.objects.get().state, Consent.objects.get().record.source) == ("withdrawn", "reply")


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("How do I unsubscribe my wife, but not me?", {}),
        ("Great news!\n> unsubscribe", {}),
        ("> News", {"Subject": "Re: Unsubscribe"}),
        ("STOP", {"In_Reply_To": "<1@elsewhere.example>"}),
    ],
)
def test_an_answer_that_says_more_or_proves_nothing_is_none(take, delivery, text, headers):
    take(reply(delivery, text, **headers))
    assert Consent.objects.get().state == "granted"


def test_a_reply_from_another_address_is_of_whom_it_was_written_to(take, delivery):
    take(reply(delivery, From="Ada at work <a@work.example>"))
    assert InboundMessage.objects.get().person == delivery.person


def test_a_mail_of_nobody_known_is_kept_without_an_event(take, delivery):
    before = OutboxEvent.objects.count()
    take(mail("Hello", From="x@unknown.example", Subject="Hi", Message_ID="<1@unknown.example>"))
    assert InboundMessage.objects.get().person is None
    assert OutboxEvent.objects.count() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"List_Id": "<list.example>"},
        {"Precedence": "bulk"},
        {"Auto_Submitted": "auto-generated"},
        {"From": "nobody"},
    ],
)
def test_what_no_person_wrote_to_us_is_not_kept(take, delivery, headers):
    assert take(reply(delivery, **headers)).outcome == "noted"
    assert not InboundMessage.objects.exists()


def test_our_own_mail_that_comes_back_is_not_kept(take, delivery):
    assert take(reply(delivery, Message_ID=f"<{delivery.pk}@shop.example>")).outcome == "noted"


def test_a_mailbox_for_reports_keeps_no_mails_of_persons(take, delivery, mailbox):
    mailbox.takes = "reports"
    assert take(reply(delivery)).outcome == "noted"
    assert not InboundMessage.objects.exists()


def test_html_is_kept_as_text_and_files_by_name(take, delivery):
    body = (
        "--b\nContent-Type: text/html\n\n<p>Hello <script>x</script>there</p>\n"
        '--b\nContent-Type: image/png\nContent-Disposition: attachment; filename="cat.png"\n\nPNG\n--b--\n'
    )
    take(reply(delivery, body, Content_Type='multipart/mixed; boundary="b"'))
    row = InboundMessage.objects.get()
    assert "<" not in row.text
    assert "script" not in row.text
    assert [(file["type"], file["name"]) for file in row.attachments] == [("image/png", "cat.png")]


def leaving(subject, number=1, **headers):
    own = {"From": "Ada <ada.other@example.org>", "Message_ID": f"<leave-{number}@home.example>"}
    return mail("", Subject=subject, **own, **headers)


def test_a_mail_to_the_address_for_unsubscribing_withdraws_once(take, delivery, mailbox, clock):
    token = tokens.unsubscribe_url(delivery.pk).rpartition("/")[2]
    mailbox.takes = "reports"
    assert take(leaving(f"unsubscribe {token[:-2]}AA"), mailbox).reason == "not_kept"
    assert take(leaving(f"Undeliverable: unsubscribe {token}"), mailbox).reason == "not_kept"
    assert Consent.objects.get().state == "granted"
    taken = take(leaving(f"Unsubscribe\n {token}", Auto_Submitted="auto-generated"), mailbox)
    assert (taken.outcome, taken.reason, taken.delivery) == ("counted", "unsubscribed", delivery)
    decide(delivery.person, delivery.send.purpose, "granted", clock.now())
    assert take(leaving(f"unsubscribe {token}", 2), mailbox).outcome == "duplicate"
    assert Consent.objects.get().state == "granted"
    assert ConsentRecord.objects.filter(state="withdrawn").count() == 1


def test_only_marketing_of_a_mailbox_with_an_address_offers_a_mail(consenting, order, work, sink, mailbox):
    Mailbox.objects.update(unsubscribe_address="leave+me@shop.example")
    consenting("Ada")
    order()
    work()
    header = email.message_from_bytes(sink.taken[0][1])["List-Unsubscribe"]
    link, mailto = header.split(", ")
    assert mailto == f"<mailto:leave%2Bme@shop.example?subject=unsubscribe%20{link[1:-1].rpartition('/')[2]}>"
    assert tokens.read_id(tokens.UNSUBSCRIBE, link[1:-1].rpartition("/")[2]) == Delivery.objects.get().pk


def test_what_comes_with_a_mail_is_kept_as_a_download(take, delivery, page, monkeypatch):
    monkeypatch.setattr(files, "MB", 6)
    with_files = EmailMessage(policy=email.policy.SMTP)
    with_files["From"], with_files["In-Reply-To"] = (
        f"Ada <{delivery.address}>",
        f"<{delivery.pk}@shop.example>",
    )
    with_files.set_content("See the photo.")
    for name, content in (("evil.html", b"<script>x</script>"), ("large.jpg", bytes(61)), ("b.png", b"png")):
        with_files.add_attachment(content, "image", "png", filename=name)
    take(with_files.as_bytes())
    row = InboundMessage.objects.get()
    assert [(entry["name"], entry.get("size")) for entry in row.attachments] == [
        ("evil.html", 18), ("large.jpg", None), ("b.png", 3),
    ]  # fmt: skip
    shown = page.get(reverse("messaging:person", args=[delivery.person_id])).content.decode()
    assert shown.count(" download>") == 2
    kept = page.get(reverse("messaging:file", args=[row.attachments[0]["file"]]))
    assert b"".join(kept.streaming_content) == b"<script>x</script>"
    assert (kept["Content-Type"], kept["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert kept["Content-Disposition"].startswith("attachment;")
    path = MessageFile.objects.get(name="b.png").path
    with TestCase.captureOnCommitCallbacks(execute=True):
        personal_data.erase([delivery.person_id])
    assert (MessageFile.objects.count(), default_storage.exists(path)) == (0, False)


def test_of_a_mail_that_was_cut_off_the_last_file_is_not_kept(take, delivery, monkeypatch):
    monkeypatch.setattr(mailbox_intake.imap, "LIMIT", 1_000)
    cut = EmailMessage(policy=email.policy.SMTP)
    cut["From"] = f"Ada <{delivery.address}>"
    cut.set_content("Hello")
    cut.add_attachment(bytes(5_000), "image", "png", filename="a.png")
    take(cut.as_bytes())
    assert "file" not in InboundMessage.objects.get().attachments[0]
