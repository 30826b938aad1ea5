"""A real mailbox (Dovecot) that takes access tokens only of the provider that it asks about each of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError

from rapport.channels.tests.http_api import Api, Request, api_server
from rapport.core.services import incarnations
from rapport.messaging.models import InboundMessage, Mailbox
from rapport.messaging.services import mailbox_reader, mailboxes
from rapport.messaging.tests.dovecot import USER, Dovecot
from rapport.messaging.tests.mails import mail

pytestmark = pytest.mark.django_db
CONFIGURATION = """
auth_mechanisms = plain xoauth2 oauthbearer
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = %(folder)s/oauth2.conf
}
"""
ASKS = """
introspection_mode = get
introspection_url = %(url)s/about?token=
username_attribute = username
active_attribute = active
active_value = true
"""


class AskingDovecot(Dovecot):
    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__()

    def _configuration(self) -> str:
        (self.folder / "oauth2.conf").write_text(ASKS % {"url": self.url})
        return super()._configuration() + CONFIGURATION % {"folder": self.folder}


class Issuer:
    """Gives tokens and says whose they are; `revoked` are those that it knows no longer."""

    def __init__(self, api: Api) -> None:
        self.api, self.given, self.revoked = api, 0, set[str]()
        api.answer = self.answer

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.method == "POST":
            self.given += 1
            return 200, {"access_token": f"token-{self.given}", "expires_in": 3600}
        token = parse_qs(urlsplit(request.path).query)["token"][0]
        good = token.startswith("token-") and token not in self.revoked
        return 200, {"active": "true", "username": USER} if good else {"active": "false"}


@pytest.fixture
def issuer(settings: Any) -> Any:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with api_server() as api:
        yield Issuer(api)


@pytest.fixture
def server(issuer: Issuer, monkeypatch: Any) -> Any:
    running = AskingDovecot(issuer.api.url).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(running.folder / "tls.pem"))
    yield running
    running.stop()


def test_a_mailbox_is_read_with_tokens_and_a_revoked_one_is_asked_for_anew(
    server: Dovecot, issuer: Issuer, actor: Any, clock: Any
) -> None:
    grant = {
        "token_url": f"{issuer.api.url}/token",
        "client_id": "app",
        "client_secret": "s",
        "refresh_token": "r",
    }
    values = {"host": "localhost", "port": server.tls_port, "username": USER, "name": "Answers", **grant}
    mailbox = mailboxes.create(actor=actor, values=values, clock=clock)
    server.put(mail("Hello", From="Ada <ada@home.example>", Message_ID="<1@home.example>"))
    incarnations.recognise(clock.now())
    mailbox_reader.Reader().run_once(clock)
    assert InboundMessage.objects.get().text == "Hello"
    assert mailboxes.try_out(actor=actor, mailbox_id=mailbox.pk, clock=clock).works
    assert issuer.given == 1
    issuer.revoked.add("token-1")
    mailboxes.note_failure(Mailbox.objects.get(), "refused", clock)
    assert mailboxes.try_out(actor=actor, mailbox_id=mailbox.pk, clock=clock).works
    assert issuer.given == 2
    kept = Mailbox.objects.get()
    assert not {kept.client_secret, kept.refresh_token} & {"s", "r", ""}


def test_a_refused_token_says_what_to_do_and_an_incomplete_grant_is_refused(
    server: Dovecot, issuer: Issuer, actor: Any, clock: Any
) -> None:
    values = {
        "host": "localhost",
        "port": server.tls_port,
        "username": USER,
        "client_id": "app",
        "refresh_token": "r",
    }
    with pytest.raises(ValidationError) as refused:
        mailboxes.create(actor=actor, values=values | {"token_url": "http://example.com/"}, clock=clock)
    assert list(refused.value.message_dict) == ["token_url"]
    issuer.revoked.add("token-1")
    values["token_url"] = f"{issuer.api.url}/token"
    mailbox = mailboxes.create(actor=actor, values=values, clock=clock)
    tested = mailboxes.try_out(actor=actor, mailbox_id=mailbox.pk, clock=clock)
    assert (tested.works, "token-1" in tested.words) == (False, False)
    assert "refused" in tested.words
