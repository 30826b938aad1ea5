"""Setting mailboxes up: pages, REST, what is refused, and what is forgotten."""

from __future__ import annotations

import pytest
from django.urls import reverse

from rapport.core.models import AuditEntry
from rapport.governance.services.erasure import erase
from rapport.messaging.models import Delivery, InboundMessage, IncomingMail, Mailbox
from rapport.messaging.services import inbound_data, mailbox_intake, mailboxes
from rapport.messaging.tests.mails import bounce, reply

pytestmark = pytest.mark.django_db
VALUES = {
    "name": "Bounces",
    "host": "imap.shop.example",
    "port": 993,
    "security": "tls",
    "username": "bounces",
    "password": "s3cret",
    "folder": "INBOX",
    "takes": "all",
    "after": "seen",
    "move_to": "",
}


@pytest.fixture
def mailbox(actor, clock):
    return mailboxes.create(actor=actor, values=VALUES, clock=clock)


def test_a_mailbox_is_set_up_and_its_password_is_never_shown(page):
    answer = page.post(reverse("messaging:mailbox-new"), VALUES, follow=True)
    row = Mailbox.objects.get()
    assert mailboxes.place_of(row).password == "s3cret"
    assert "s3cret" not in row.password
    assert b"s3cret" not in answer.content
    assert "s3cret" not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert b"Bounces" in page.get(reverse("messaging:mailboxes")).content


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password": ""}, "password"),
        ({"after": "move"}, "move_to"),
        ({"after": "move", "move_to": "INBOX"}, "move_to"),
        ({"username": "a\r\nb"}, "username"),
        ({"security": "magic"}, "security"),
    ],
)
def test_what_cannot_work_is_refused_beside_its_field(page, wrong, field):
    answer = page.post(reverse("messaging:mailbox-new"), VALUES | wrong)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Mailbox.objects.exists()


def test_an_empty_password_keeps_the_present_one_and_another_folder_is_read_from_its_beginning(page, mailbox):
    Mailbox.objects.update(uid_validity=5, last_uid=9)
    address = reverse("messaging:mailbox", args=[mailbox.pk])
    page.post(address, VALUES | {"password": "", "name": "Answers"})
    mailbox.refresh_from_db()
    assert (mailbox.name, mailbox.last_uid) == ("Answers", 9)
    assert mailboxes.place_of(mailbox).password == "s3cret"
    page.post(address, VALUES | {"folder": "Other"})
    mailbox.refresh_from_db()
    assert (mailbox.folder, mailbox.last_uid, mailbox.uid_validity) == ("Other", 0, None)


def test_a_failing_mailbox_says_on_its_page_what_to_do(page, mailbox, clock):
    mailboxes.note_failure(mailbox, "Enter the password again.", clock)
    body = page.get(reverse("messaging:mailbox", args=[mailbox.pk])).content.decode()
    assert "Enter the password again." in body
    assert "Cannot be read" in page.get(reverse("messaging:mailboxes")).content.decode()


def test_the_mails_that_were_read_are_listed_and_opened(page, mailbox, clock):
    mail = IncomingMail.objects.create(
        mailbox=mailbox,
        uid_validity=1,
        uid=1,
        kind="bounce",
        outcome="unverified",
        reason="user_unknown",
        address="victim@x.example",
        received_at=clock.now(),
        read_at=clock.now(),
    )
    listed = page.get(reverse("messaging:mails", args=[mailbox.pk])).content.decode()
    assert "victim@x.example" in listed
    assert (
        "The address does not exist" in page.get(reverse("messaging:mail", args=[mail.pk])).content.decode()
    )


@pytest.fixture
def answered(consenting, order, work, mailbox, clock):
    """A reply of Ada to a delivery."""
    consenting("Ada")
    order()
    work()
    delivery = Delivery.objects.get()
    raw = reply(delivery, "<b>When</b> do you open?")
    mailbox_intake.take(mailbox=mailbox, raw=raw, received_at=clock.now(), clock=clock)
    return InboundMessage.objects.get()


def test_a_reply_stands_on_the_profile_and_opens_without_its_markup(page, answered):
    panel = page.get(reverse("messaging:person", args=[answered.person_id])).content.decode()
    assert "Re: News" in panel
    body = page.get(reverse("messaging:message", args=[answered.pk])).content.decode()
    assert "&lt;b&gt;When&lt;/b&gt;" in body
    delivery = page.get(reverse("messaging:delivery", args=[answered.delivery_id])).content.decode()
    assert "Re: News" in delivery


def test_what_a_server_said_later_stands_on_the_delivery(page, answered, mailbox, clock):
    raw = bounce(answered.delivery, "552 5.2.2 mailbox full")
    mailbox_intake.take(mailbox=mailbox, raw=raw, received_at=clock.now(), clock=clock)
    body = page.get(reverse("messaging:delivery", args=[answered.delivery_id])).content.decode()
    assert all(words in body for words in ("The mailbox is full", "552 5.2.2"))


def test_a_reply_is_handed_out_and_forgotten(answered, actor, mailbox, clock):
    person = answered.person
    assert inbound_data.export([person.pk])["messages"][0]["text"].startswith("<b>")
    erase(actor=actor, person_id=person.pk, clock=clock)
    assert not InboundMessage.objects.exists()


def test_over_rest_a_mailbox_is_set_up_changed_and_refused(api, mailbox):
    status, row = api("POST", "/mailboxes", VALUES | {"name": "Second"})
    assert status == 201
    assert "password" not in row
    status, changed = api("PATCH", f"/mailboxes/{row['id']}", {"disabled": True})
    assert changed["disabled_at"]
    status, _problem = api("PATCH", f"/mailboxes/{row['id']}", {"after": "move"})
    assert status == 422
    assert len(api("GET", "/mailboxes")[1]["data"]) == 2
    assert api("GET", f"/mailboxes/{row['id']}/mails")[1]["data"] == []
