"""Signing in to mail servers with access tokens: kept, renewed in time, given up when refused, in words that help."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiosmtpd.smtp import AuthResult

from rapport.channels.email import oauth, transport
from rapport.channels.email.models import MailToken
from rapport.channels.email.oauth import Grant
from rapport.channels.email.services import tokens
from rapport.channels.protocol import Message, Result
from rapport.channels.registry import WrongSettings
from rapport.channels.tests.http_api import Api, Request, api_server
from rapport.channels.tests.sink import Sink
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.engines.supervisor import free_port

pytestmark = pytest.mark.django_db
USER = "shop@shop.example"
MAIL = Message(USER, "ada@example.org", b"Subject: Hi\r\n\r\nHi\r\n")


class Provider(Sink):
    """A mail server that takes the tokens in `good`, and says with 334 why it takes no other, as Google does."""

    def __init__(self) -> None:
        super().__init__()
        self.good = {"token-1"}
        port = free_port()
        self.controller = type(self.controller)(self, hostname="127.0.0.1", port=port, auth_require_tls=False)

    async def auth_XOAUTH2(self, server: Any, args: list[str]) -> AuthResult:
        line = base64.b64decode(args[1]).decode()
        if line in {oauth.xoauth2(USER, token) for token in self.good}:
            return AuthResult(success=True)
        await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=False, handled=False)


@pytest.fixture
def provider() -> Iterator[Provider]:
    running = Provider()
    running.start()
    yield running
    running.controller.stop()


@pytest.fixture
def issuer(settings: Any) -> Iterator[Api]:
    """The provider's token address: counts its tokens, and gives another refresh token each time."""
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with api_server() as api:
        api.answer = lambda _request: (200, token(len(api.requests)))
        yield api


def token(number: int) -> dict[str, Any]:
    return {"access_token": f"token-{number}", "expires_in": 3600, "refresh_token": f"next-{number}"}


def grant(issuer: Api, **more: str) -> Grant:
    values = {"token_url": f"{issuer.url}/token", "client_id": "app", "refresh_token": "first"}
    wanted = Grant.of(values | more)
    assert wanted is not None
    return wanted


def form(request: Request) -> dict[str, str]:
    return {name: value[0] for name, value in parse_qs(request.body.decode()).items()}


def opened(provider: Provider, issuer: Api) -> transport.EmailChannel:
    url = f"smtp://shop%40shop.example@127.0.0.1:{provider.port}"
    return transport.EmailChannel(url, 2, grant(issuer))


def test_mail_goes_with_a_token_that_is_asked_for_once(provider: Provider, issuer: Api) -> None:
    for _process in range(2):
        channel = opened(provider, issuer)
        assert [outcome.result for outcome in channel.deliver([MAIL, MAIL])] == [Result.ACCEPTED] * 2
        channel.close()
    assert [form(request) for request in issuer.requests] == [
        {"grant_type": "refresh_token", "refresh_token": "first", "client_id": "app"}
    ]
    assert "token-1" not in MailToken.objects.get().sealed


def test_before_its_end_it_is_renewed_with_the_refresh_token_that_came_last(issuer: Api) -> None:
    now = SYSTEM.now()
    assert tokens.token_for(grant(issuer), VirtualClock(now)) == "token-1"
    assert tokens.token_for(grant(issuer), VirtualClock(now + dt.timedelta(minutes=57))) == "token-1"
    assert tokens.token_for(grant(issuer), VirtualClock(now + dt.timedelta(minutes=59))) == "token-2"
    assert form(issuer.last)["refresh_token"] == "next-1"
    assert tokens.token_for(grant(issuer, refresh_token="entered anew"), VirtualClock(now)) == "token-3"
    assert form(issuer.last)["refresh_token"] == "entered anew"


def test_a_token_that_the_server_refuses_is_asked_for_anew(provider: Provider, issuer: Api) -> None:
    provider.good = {"token-2"}
    channel = opened(provider, issuer)
    [refused] = channel.deliver([MAIL])
    assert (refused.result, refused.detail[:3]) == (Result.UNREACHABLE, "535")
    [taken] = channel.deliver([MAIL])
    assert taken.result is Result.ACCEPTED
    channel.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            (400, {"error": "invalid_grant", "error_description": "Token revoked"}),
            "agree anew at the provider",
        ),
        ((401, {"error": "invalid_client"}), "client id or its secret"),
        ((503, "<html>"), "HTTP 503"),
        ((200, {"access_token": None}), "no access token"),
    ],
)
def test_without_a_token_nothing_leaves_and_the_words_help(
    provider: Provider, issuer: Api, answer: Any, words: str
) -> None:
    issuer.answer = lambda _request: answer
    [outcome] = opened(provider, issuer).deliver([MAIL])
    assert (outcome.result, provider.taken) == (Result.UNREACHABLE, [])
    assert words in outcome.detail


def test_a_program_signs_in_itself(issuer: Api) -> None:
    alone = grant(issuer, refresh_token="", client_secret="s")
    tokens.token_for(alone)
    assert form(issuer.last) == {
        "grant_type": "client_credentials", "client_id": "app", "client_secret": "s", "scope": oauth.WHOLE_MAILBOX,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"token_url": "http://example.com/token"}, "token_url"),
        ({"client_id": ""}, "client_id"),
        ({"refresh_token": ""}, "refresh_token"),
        ({"url": "smtps://example.com"}, "url"),
        ({"url": "smtp://shop@example.com"}, "url"),
    ],
)
def test_what_cannot_work_is_refused_beside_the_field(changed: dict[str, str], wrong: str) -> None:
    good = {
        "url": "smtps://shop@example.com", "token_url": "https://example.com/token", "client_id": "app",
        "refresh_token": "r",
    }  # fmt: skip
    transport.check(good)
    with pytest.raises(WrongSettings) as refused:
        transport.check(good | changed)
    assert refused.value.field == wrong
