"""Files that hang on messages, as each provider hands them out: who asks, where they lie, and how large they may be."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.registry import ADAPTERS
from rapport.channels.tests.provider import Provider, Request
from rapport.core.services import outbound

TOKEN, BOT = "Bearer t", "/bot1:a/"
PHOTO = b"\xff\xd8 photo"
SETTINGS = {"access_token": "t", "token": "1:a", "account_sid": "AC1", "auth_token": "hush"}
TWILIO = "/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"


class Keeper:
    """The file stores of all four; what lies on a public address must not be asked for with anybody's password."""

    def __init__(self) -> None:
        self.server = Provider(self.answer)

    def answer(self, request: Request) -> Any:
        signed = request.headers.get("authorization", "")
        match request.path.partition("?")[0]:
            case "/m%2F1" if signed == TOKEN:
                return 200, {"url": f"{self.server.url}/meta-store", "mime_type": "image/jpeg"}
            case "/meta-store" if signed == TOKEN:
                return 200, PHOTO
            case "/bot1:a/getFile" if request.json == {"file_id": "f1"}:
                return 200, {"ok": True, "result": {"file_path": "photos/a 1.jpg"}}
            case "/file/bot1:a/photos/a%201.jpg" | "/public" if not signed:
                return 200, PHOTO
            case path if path == TWILIO and signed.startswith("Basic "):
                return 307, b"", {"Location": "/public?signature=1"}
        return 403, {"error": {"message": "no"}}


@pytest.fixture
def keeper(settings: Any) -> Iterator[Keeper]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    keeper = Keeper()
    yield keeper
    keeper.server.close()


WAYS = [
    ("whatsapp", lambda url: "m/1"),
    ("telegram", lambda url: "f1"),
    ("twilio", lambda url: url + TWILIO),
    ("messenger", lambda url: f"{url}/public"),
]


@pytest.mark.parametrize(("adapter", "at"), WAYS)
def test_a_file_is_fetched_as_its_provider_hands_it_out(keeper: Keeper, adapter: str, at: Any) -> None:
    fetch = ADAPTERS[adapter].fetch
    assert fetch is not None
    given = SETTINGS | {"base_url": keeper.server.url}
    fetch(given, at(keeper.server.url), into := io.BytesIO(), len(PHOTO))
    assert into.getvalue() == PHOTO
    with pytest.raises(outbound.Refused, match="larger than 7 bytes"):
        fetch(given, at(keeper.server.url), io.BytesIO(), 7)
    with pytest.raises(outbound.Unreachable):
        fetch(given, at(keeper.server.url) + "-gone", io.BytesIO(), 100)
