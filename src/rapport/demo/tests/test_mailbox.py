from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest
from django.test import override_settings

from rapport.demo.models import CaughtMail
from rapport.demo.services import mailbox, personal_data
from rapport.demo.services.mailbox import Arrived
from rapport.demo.services.mailserver import MailServer


def email_message(**headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Lantern & Thistle <letters@example.com>", "wren@post.example.com"
    message["Subject"] = "Kerzen für Abende"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Hello Wren")
    message.add_alternative(
        "<html><head></head><body><p>Hello <a href='https://x.example'>Wren</a></p></body></html>", "html"
    )
    return message


def caught(**headers: str) -> CaughtMail:
    mailbox.keep([Arrived("a@example.com", ["Wren@post.example.com"], email_message(**headers).as_bytes())])
    return CaughtMail.objects.get()


@pytest.fixture
def server(transactional_db):
    running = MailServer().start()
    yield running
    running.stop()


def test_a_mail_sent_over_smtp_is_kept_as_it_came(server):
    with smtplib.SMTP("127.0.0.1", server.port) as link:
        link.send_message(email_message())
    mail = CaughtMail.objects.get()
    assert (mail.subject, mail.recipients) == ("Kerzen für Abende", ["wren@post.example.com"])
    assert b"Hello Wren" in bytes(mail.raw)
    assert mail.preview == "Hello Wren"


def test_many_connections_at_once_lose_nothing(server):
    links = [smtplib.SMTP("127.0.0.1", server.port) for _ in range(4)]
    for number in range(20):
        links[number % 4].send_message(email_message(X_Number=str(number)))
    assert CaughtMail.objects.count() == 20


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff",
        b"Subject: =?utf-9?q?x?=\r\n\r\nbody",
        b"Content-Type: text/html; charset=none\r\n\r\n<p>x",
    ],
)
@pytest.mark.django_db
def test_a_malformed_mail_is_kept_and_shown(page, raw):
    (mail,) = mailbox.keep([Arrived("", ["x@example.com"], raw)])
    assert page.get(f"/mailbox/{mail.pk}/").status_code == 200


@pytest.mark.django_db
def test_the_list_shows_caught_mails_to_people_who_signed_in(client, page):
    caught()
    assert "Kerzen für Abende" in page.get("/mailbox/").content.decode()
    page.logout()
    assert page.get("/mailbox/").status_code == 302


@pytest.mark.django_db
def test_the_list_can_be_narrowed_to_one_reader(page):
    caught()
    assert "Kerzen" in page.get("/mailbox/?to=wren@post.example.com").content.decode()
    assert "Kerzen" not in page.get("/mailbox/?to=ada@post.example.com").content.decode()


@pytest.mark.django_db
def test_a_mails_html_is_fenced_in(page):
    answer = page.get(f"/mailbox/{caught().pk}/html/")
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "script-src 'none'" in policy
    assert '<base target="_blank">' in answer.content.decode()


@pytest.mark.django_db
def test_only_a_one_click_header_offers_the_button(page):
    url = "<http://testserver/e/u/token>"
    with_post = caught(List_Unsubscribe=url, List_Unsubscribe_Post="List-Unsubscribe=One-Click")
    assert mailbox.one_click_url(mailbox.parse(with_post.raw)) == "http://testserver/e/u/token"
    assert mailbox.one_click_url(email_message(List_Unsubscribe=url)) == ""


@pytest.mark.django_db
def test_the_button_never_calls_another_machine():
    mail = caught(
        List_Unsubscribe="<http://10.0.0.1/e/u/token>", List_Unsubscribe_Post="List-Unsubscribe=One-Click"
    )
    with pytest.raises(mailbox.CannotUnsubscribe, match=r"10\.0\.0\.1"):
        mailbox.unsubscribe(mail=mail, allowed_origins={"http://testserver"})


@pytest.mark.django_db
def test_the_button_sends_rfc_8058s_request(live_server, monkeypatch):
    url = f"{live_server.url}/shop/sign-up/"  # any address that answers; without a CSRF token it says 403
    mail = caught(List_Unsubscribe=f"<{url}>", List_Unsubscribe_Post="List-Unsubscribe=One-Click")
    with override_settings(PUBLIC_URL=live_server.url):
        assert mailbox.unsubscribe(mail=mail, allowed_origins={live_server.url}) == 403


@pytest.mark.django_db
def test_a_persons_mails_are_exported_and_erased():
    from rapport.core.clock import SYSTEM
    from rapport.people.models import Identifier, Person

    now = SYSTEM.now()
    person = Person.objects.create(
        id="00000000-0000-5000-8000-000000000001", first_seen_at=now, last_seen_at=now
    )
    Identifier.objects.create(person=person, type="email", value="wren@post.example.com", first_seen_at=now)
    caught()
    assert personal_data.export([person.pk])["caught_mails"][0]["subject"] == "Kerzen für Abende"
    assert personal_data.erase([person.pk])["demo.CaughtMail"] == 1
