"""The in-app inbox: delivered once, read only by whom it is for, and what they do with it comes back."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import jwt
import pytest

from rapport.channels.inbox import adapter, messages
from rapport.channels.inbox.models import InboxMessage
from rapport.channels.incoming import ReceiptKind
from rapport.channels.protocol import Content, Result, Sender, Unfit
from rapport.channels.registry import INCOMING_LISTENERS
from rapport.core.clock import VirtualClock
from rapport.events.models import Source
from rapport.events.services import user_tokens

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def rendered(user_id: str, reference: str = "", **fields: str):
    given = {"title": "Your parcel", "body": "is on its way", **fields}
    content = Content(reference or str(uuid.uuid4()), "", user_id, "", "", "", NOW, fields=given)
    return adapter.composer(Sender("Shop", ""), {})(content)


@pytest.fixture
def channel(db):
    return adapter.InboxChannel(VirtualClock(dt.datetime.now(dt.UTC)))


@pytest.fixture
def source(db):
    return Source.objects.create(name="app", kind="app", write_key="wk_app")


@pytest.fixture
def ask(client, source):
    def send(method: str, path: str, user: str = "u1", **body):
        expires = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        token = jwt.encode({"sub": user, "exp": expires}, user_tokens.secret(source), algorithm="HS256")
        headers = {"Authorization": f"Bearer {token}"}
        if method == "get":
            return client.get(f"/client/v1/inbox{path}", {"writeKey": "wk_app", **body}, headers=headers)
        data = json.dumps({"writeKey": "wk_app", **body})
        return client.post(f"/client/v1/inbox{path}", data, content_type="application/json", headers=headers)

    return send


def test_a_message_offered_twice_is_there_once(channel, person):
    person(user_id="u1")
    twice = rendered("u1", str(uuid.uuid4()))
    assert [channel.deliver([twice])[0].result for _ in range(2)] == [Result.ACCEPTED] * 2
    assert InboxMessage.objects.count() == 1
    assert channel.deliver([rendered("u9")])[0].code == "unknown_user"


def test_only_the_reader_reads(channel, person, ask, client):
    person(user_id="u1")
    person(user_id="u2")
    channel.deliver([rendered("u1", url="https://shop.example/p", label="Track it")])
    answer = ask("get", "").json()
    assert (answer["unread"], answer["messages"][0]["title"], answer["messages"][0]["label"]) == (
        1, "Your parcel", "Track it",
    )  # fmt: skip
    assert ask("get", "", user="u2").json()["messages"] == []
    pk = answer["messages"][0]["id"]
    assert ask("post", f"/{pk}/dismissal", user="u2").status_code == 404
    assert client.get("/client/v1/inbox?writeKey=wk_app&anonymousId=a1").status_code == 401
    assert client.get("/client/v1/inbox?writeKey=wk_app&userId=u1").status_code == 401


def test_reading_clicking_and_dismissing_come_back_once(channel, person, ask):
    person(user_id="u1")
    channel.deliver([rendered("u1"), rendered("u1")])
    first, second = (row["id"] for row in ask("get", "").json()["messages"])
    incoming_seen = []
    with INCOMING_LISTENERS.temporarily(test=lambda _channel, incoming, _now: incoming_seen.extend(incoming)):
        assert ask("post", "/readings", ids=[first]).json() == {"read": 1, "unread": 1}
        assert ask("post", "/readings", ids=[first]).json()["read"] == 0
        assert ask("post", f"/{second}/click").status_code == 200
        assert ask("post", f"/{second}/dismissal").status_code == 200
    assert [(receipt.kind, receipt.reference) for receipt in incoming_seen] == [
        (ReceiptKind.READ, first), (ReceiptKind.READ, second), (ReceiptKind.CLICKED, second),
    ]  # fmt: skip
    assert [row["id"] for row in ask("get", "").json()["messages"]] == [first]


def test_expired_messages_are_gone(channel, person, ask):
    person(user_id="u1")
    channel.deliver([rendered("u1", days="1"), rendered("u1")])
    row = InboxMessage.objects.exclude(expires_at=None).get()
    assert messages.current(row.person_id, row.expires_at - dt.timedelta(seconds=1)).count() == 2
    assert messages.current(row.person_id, row.expires_at).count() == 1


def test_the_inbox_is_paged(channel, person, ask):
    person(user_id="u1")
    channel.deliver([rendered("u1", title=str(at)) for at in range(5)])
    seen, cursor = [], ""
    while cursor is not None:
        page = ask("get", "", limit="2", **({"cursor": cursor} if cursor else {})).json()
        seen += [row["title"] for row in page["messages"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == list("01234")
    assert ask("get", "", cursor="forged").status_code == 400
    assert len(set(seen)) == 5


@pytest.mark.parametrize(
    "fields", [{"url": "javascript:alert(1)"}, {"image": "nowhere"}, {"days": "soon"}, {"title": ""}]
)
def test_what_is_no_message_is_refused(fields):
    with pytest.raises(Unfit):
        rendered("u1", **fields)
