"""Signing in: throttled, with a second factor, and with headers that hold."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client, RequestFactory

from rapport.core.services import accounts

pytestmark = pytest.mark.django_db
RIGHT = {"login": "ada@example.org", "password": "correct horse battery"}
PAGES = ("login/", "password/reset/", "signup/", "inactive/")


def test_the_right_password_opens_the_door(client, user):
    assert client.post("/account/login/", RIGHT).status_code == 302
    assert client.get("/settings/profile/").status_code == 200


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(client, user):
    for _attempt in range(5):
        client.post("/account/login/", {**RIGHT, "password": "wrong"})
    assert client.post("/account/login/", RIGHT).status_code != 302


def test_a_colleague_is_not_locked_out_by_somebody_elses_guesses(client, user):
    for _attempt in range(6):
        client.post("/account/login/", {**RIGHT, "password": "wrong"}, REMOTE_ADDR="192.0.2.66")
    assert client.post("/account/login/", RIGHT, REMOTE_ADDR="192.0.2.66").status_code != 302
    assert Client().post("/account/login/", RIGHT, REMOTE_ADDR="192.0.2.7").status_code == 302


@pytest.mark.parametrize(
    ("guesser", "owner", "passes"),
    [
        ("::ffff:192.0.2.66", "::ffff:192.0.2.7", True),  # IPv4 over a socket for both
        ("2001:db8::1", "2001:db8::ffff:2", False),  # one household
        ("2001:db8::1", "2001:db8:0:1::1", True),
    ],
)
def test_who_is_somebody_else_by_their_address(user, guesser, owner, passes):
    for _attempt in range(6):
        Client().post("/account/login/", {**RIGHT, "password": "wrong"}, REMOTE_ADDR=guesser)
    assert (Client().post("/account/login/", RIGHT, REMOTE_ADDR=owner).status_code == 302) is passes


def test_a_proxy_that_does_not_tell_addresses_locks_nobody_out(client, user):
    assert client.post("/account/login/", RIGHT, REMOTE_ADDR="unknown").status_code == 302


def guess_from_everywhere(number):
    for attempt in range(number):
        Client().post("/account/login/", {**RIGHT, "password": "wrong"}, REMOTE_ADDR=f"192.0.2.{attempt}")


def test_guesses_from_everywhere_are_bounded_and_a_known_device_passes(client, user, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_anywhere": "20/h/key"}
    client.post("/account/login/", RIGHT)
    client.post("/account/logout/")
    guess_from_everywhere(20)
    assert Client().post("/account/login/", RIGHT, REMOTE_ADDR="198.51.100.1").status_code != 302
    assert client.post("/account/login/", RIGHT).status_code == 302


def test_a_known_device_has_a_limit_of_its_own_and_only_for_its_account(client, user):
    client.post("/account/login/", RIGHT)
    client.post("/account/logout/")
    (name,) = [name for name in client.cookies if name.startswith("rapport_device")]
    cookie = client.cookies[name]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    request = RequestFactory().get("/")
    request.COOKIES[name] = cookie.value
    assert accounts.known_device(request, "ADA@example.org")
    assert not accounts.known_device(request, "bob@example.org")
    # Not the last letter: some of its bits stand for nothing.
    request.COOKIES[name] = cookie.value[:-9] + ("A" if cookie.value[-9] != "A" else "B") + cookie.value[-8:]
    assert not accounts.known_device(request, "ada@example.org")
    for _attempt in range(10):
        client.post("/account/login/", {**RIGHT, "password": "wrong"})
    assert client.post("/account/login/", RIGHT).status_code != 302


@pytest.mark.parametrize("host", ["crm.example", "crm.example:443", "testserver", "evil.crm.example"])
def test_links_in_account_mails_are_the_public_ones(user, settings, monkeypatch, host):
    settings.PUBLIC_URL, settings.SMTP_URL, settings.ALLOWED_HOSTS = "https://crm.example", "smtp://x", ["*"]
    settings.ALLOWED_PORTS = {"443"}
    mails = []
    monkeypatch.setattr("rapport.core.services.accounts.mail_connection", lambda url: None)
    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", lambda mail, **_: mails.append(mail))
    Client().post("/account/password/reset/", {"email": "ada@example.org"}, HTTP_HOST=host)
    (mail,) = mails
    assert "https://crm.example/account/password/reset/key/" in mail.body
    assert set(re.findall(r"https?://([^/\s]+)", mail.body)) == {"crm.example"}
    assert host.startswith("crm.example") or host not in mail.subject + mail.body


@pytest.mark.parametrize(
    ("host", "port", "status"),
    [
        ("crm.example", "8000", 200),
        ("crm.example:8443", "8000", 200),  # of the public address
        ("localhost:8000", "8000", 200),  # that this process listens on
        ("localhost:9001", "8000", 200),  # named
        ("crm.example:1", "8000", 400),
        ("localhost:22", "8000", 400),
        ("evil.example", "8000", 400),
        ("evil.example:8443", "8000", 400),
        ("crm.example@evil.example", "8000", 400),
        ("crm.example:8443@evil.example", "8000", 400),
        ("crm.example:80:8443", "8000", 400),
        ("crm.example evil.example", "8000", 400),
    ],
)
def test_a_host_is_checked_with_its_port(client, settings, host, port, status):
    settings.ALLOWED_HOSTS, settings.ALLOWED_PORTS = ["crm.example", "localhost"], {"8443", "9001"}
    answer = client.get(
        "/account/login/", HTTP_HOST=host, SERVER_PORT=port, HTTP_X_FORWARDED_HOST="crm.example"
    )
    assert answer.status_code == status


def test_nobody_learns_who_is_a_user(client, user):
    wrong_password = client.post("/account/login/", {**RIGHT, "password": "wrong"}).context["form"].errors
    two = (
        client.post("/account/login/", {"login": "x@example.org", "password": "wrong"}).context["form"].errors
    )
    assert wrong_password == two


@pytest.mark.parametrize("path", PAGES)
def test_pages_before_signing_in_hold_no_inline_script_or_style(client, path):
    answer = client.get(f"/account/{path}")
    assert answer.status_code == 200
    assert b'style="' not in answer.content
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "object-src 'none'" in policy


def test_cookies_are_http_only_same_site_and_secure_behind_https(user, settings):
    settings.SESSION_COOKIE_SECURE = True
    browser = Client()
    browser.post("/account/login/", RIGHT)
    cookie = browser.cookies["rapport_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)


def test_a_form_without_its_token_is_refused(user):
    assert Client(enforce_csrf_checks=True).post("/account/login/", RIGHT).status_code == 403


def test_nobody_signs_himself_up(client):
    assert client.post("/account/signup/", {"email": "x@example.org"}).status_code in {200, 403}
    assert b"invitation" in client.get("/account/signup/").content


def test_without_a_mail_server_the_reset_page_says_who_can_help(client, settings):
    settings.SMTP_URL = ""
    assert (
        b"New link to set the password"
        in client.post("/account/password/reset/", {"email": "a@b.co"}).content
    )


def test_a_second_factor_is_asked_for_once_it_is_set_up(page, user, client):
    page.post("/account/login/", RIGHT)
    totp.TOTP.activate(user, totp.generate_totp_secret())
    page.logout()
    answer = client.post("/account/login/", RIGHT)
    assert answer["Location"].startswith("/account/2fa/authenticate/")
    assert client.get("/settings/profile/").status_code == 302


@pytest.mark.parametrize(
    "path", ["password/change/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/add/", "logout/"]
)
def test_pages_of_ones_account_are_there(client, user, path):
    client.post("/account/login/", RIGHT)
    answer = client.get(f"/account/{path}", follow=True)
    assert answer.status_code == 200
    assert b'style="' not in answer.content
    assert b"blank-card" in answer.content


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(client):
    page = "http://testserver/settings/channels/?sort=name"
    answer = client.post("/settings/channels/1/test/", HTTP_REFERER=page)
    assert answer["Location"] == "/account/login/?next=/settings/channels/%3Fsort%3Dname"
    foreign = client.post("/settings/channels/1/test/", HTTP_REFERER="http://evil.example/settings/")
    assert foreign["Location"] == "/account/login/?next=/"


def test_the_address_of_a_form_shows_a_page_and_not_an_empty_answer(client, user):
    client.force_login(user)
    answer = client.get("/settings/channels/1/test/", HTTP_ACCEPT="text/html")
    assert answer.status_code == 405
    assert "There is no page at this address" in answer.content.decode()
    assert not client.get("/settings/channels/1/test/", HTTP_ACCEPT="application/json").content
