"""Signing in: throttled, with a second factor, and with headers that hold."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

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
