"""What is particular to a network: its ways of counting, its quirks, and what others tripped over."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from rapport.channels.incoming import Call, Malformed, NotTheirs
from rapport.channels.meta.graph import signature
from rapport.channels.networks import NETWORKS, Post, SignedOut
from rapport.channels.protocol import Result
from rapport.channels.social import lengths, linkedin, mastodon, oauth
from rapport.channels.tests.http_api import Api
from rapport.channels.tests.network_servers import NOW, LinkedIn, Mastodon
from rapport.channels.tests.test_networks import POST, TEXT, settings_for
from rapport.channels.tests.x_server import X


def opened(key: str, provider: Api, server: Any, **details: Any) -> Any:
    provider.answer = lambda request: server(_with_base(request, provider))
    return NETWORKS[key].open(settings_for(key, provider.url), {"id": "7", "handle": "shop", **details}, NOW)


def _with_base(request: Any, provider: Api) -> Any:
    request.headers["x-base"] = provider.url
    return request


@pytest.mark.parametrize(
    ("text", "on_mastodon", "on_x"),
    [
        ("", 0, 0),
        ("abc", 3, 3),
        ("Grüße", 5, 5),
        ("e\u0301", 1, 1),  # composed first
        ("日本語", 3, 6),
        ("👍", 1, 2),
        ("👩‍👩‍👧‍👦", 1, 2),  # one family, seven characters
        ("🇩🇪", 1, 2),
        ("👍🏽!", 2, 3),
        ("https://example.org/a/very/long/address/that/nobody/types?with=much&more=of_it", 23, 23),
        ("Look: http://a.de.", 6 + 23 + 1, 6 + 23 + 1),
        ("(https://a.de/b)", 25, 25),
        ("see example.com today", 21, 4 + 23 + 6),
        ("Hi @ada@social.example!", 8, 4 + 3 + 1 + 14 + 1),
        ("one\ntwo", 7, 7),
        ("“quoted” – yes…", 15, 16),
    ],
)
def test_lengths_are_counted_as_the_networks_count(text: str, on_mastodon: int, on_x: int) -> None:
    assert lengths.mastodon(text) == on_mastodon
    if "@social" not in text:
        assert lengths.x(text) == on_x


def test_linkedin_counts_units_of_utf_16() -> None:
    assert lengths.utf16("a👍") == 3


def test_a_server_says_its_own_limits(provider: Api) -> None:
    server = Mastodon()
    server.length = 5000
    provider.answer = server
    details = mastodon.learn(settings_for("mastodon", provider.url), NOW)
    assert mastodon.limits(details).length == 5000


def test_mastodon_publishes_once_however_often_it_is_offered(provider: Api) -> None:
    server = Mastodon()
    client = opened("mastodon", provider, server)
    server.fail("/api/v1/statuses", done=True)
    assert client.publish(Post("r", "Hello")).outcome.result is Result.UNCERTAIN
    again = client.publish(Post("r", "Hello"))
    assert again.outcome.result is Result.ACCEPTED
    assert len(server.posts) == 1


def test_images_that_are_still_processed_are_waited_for(provider: Api) -> None:
    server = Mastodon()
    words = "Cannot attach files that have not finished processing. Try again in a moment!"
    server.fail("/api/v1/statuses", (422, {"error": words}))
    outcome = opened("mastodon", provider, server).publish(POST).outcome
    assert outcome.result is Result.RETRY
    assert outcome.retry_after


def test_mastodon_names_strangers_with_their_server(provider: Api) -> None:
    server = Mastodon()
    client = opened("mastodon", provider, server)
    post_id = client.publish(Post("r", "Hello")).outcome.provider_id
    server.said("1", post_id, "ada@Other.example", "Hi <b>you</b><br/>&amp; all")
    server.said("2", post_id, "bob", "x")
    server.said("3", post_id, "shop", "ours")
    answer = client.comments(post_id, "")
    assert answer.is_complete
    host = provider.url.partition("://")[2]
    assert [row.author for row in answer.rows] == ["ada@other.example", f"bob@{host}"]
    assert answer.rows[0].text == "Hi you\n& all"


def test_an_answer_on_mastodon_mentions_whom_it_answers(provider: Api) -> None:
    server = Mastodon()
    client = opened("mastodon", provider, server)
    client.publish(Post("r", "Thanks!", answers="1", thread="100", mention="@ada@other.example"))
    (row,) = server.posts.values()
    assert row["content"] == "<p>@ada@other.example Thanks!</p>"
    assert row["in_reply_to_id"] == "1"


def test_linkedin_shows_the_whole_text(provider: Api) -> None:
    """Unescaped, everything after the first bracket is lost without an error."""
    server = LinkedIn()
    posted = opened("linkedin", provider, server).publish(POST)
    assert server.shown(posted.outcome.provider_id) == TEXT


def test_comments_on_linkedin_are_not_escaped(provider: Api) -> None:
    server = LinkedIn()
    post = Post("r", "Yes (both)", answers="urn:li:comment:(urn:li:activity:1,2)", thread="urn:li:share:1")
    posted = opened("linkedin", provider, server).publish(post)
    assert posted.outcome.provider_id == "urn:li:comment:(urn:li:share:1,9)"
    assert server.comments[0]["message"] == {"text": "Yes (both)"}


def test_a_duplicate_on_linkedin_names_the_post(provider: Api) -> None:
    server = LinkedIn()
    client = opened("linkedin", provider, server)
    first = client.publish(Post("r", "Hello")).outcome
    second = client.publish(Post("r", "Hello")).outcome
    assert (second.result, second.code, second.provider_id) == (
        Result.REFUSED,
        "duplicate",
        first.provider_id,
    )
    assert oauth.advice("duplicate")


def test_a_success_without_an_id_is_not_believed(provider: Api) -> None:
    server = LinkedIn()
    server.fail("/rest/posts", (201, ""))
    assert opened("linkedin", provider, server).publish(Post("r", "Hi")).outcome.result is Result.UNCERTAIN


def test_a_link_on_linkedin_has_a_preview(provider: Api) -> None:
    server = LinkedIn()
    opened("linkedin", provider, server).publish(Post("r", "See https://shop.example/a.", title="Sale"))
    (row,) = server.posts.values()
    assert row["content"] == {"article": {"source": "https://shop.example/a", "title": "Sale"}}


def test_little_text_leaves_plain_text_alone() -> None:
    assert linkedin.little_text("Grüße → ✅ 50 % & more") == "Grüße → ✅ 50 % & more"
    assert linkedin.little_text("#a_b #1 a#b") == "{hashtag|\\#|a\\_b} \\#1 a\\#b"


def test_x_says_until_when_to_wait(provider: Api) -> None:
    server = X()
    ends = str(int((NOW + dt.timedelta(minutes=7)).timestamp()))
    server.fail("/2/tweets", (429, {"title": "Too Many Requests"}, {"x-rate-limit-reset": ends}))
    assert opened("x", provider, server).publish(Post("r", "Hi")).outcome.retry_after == 420


def test_x_reads_what_came_since(provider: Api) -> None:
    server = X()
    client = opened("x", provider, server)
    for name in ("5", "6"):
        server.comments.append(
            {"id": name, "author_id": "9", "text": "Hi &amp; bye", "created_at": "2026-11-29T11:00:00.000Z"}
        )
    answer = client.comments("100", "")
    assert [row.text for row in answer.rows] == ["Hi & bye", "Hi & bye"]
    assert answer.rows[0].handle == "@ada"
    assert not client.comments("100", answer.since).rows


def test_a_refresh_token_is_traded(provider: Api) -> None:
    server = X()
    provider.answer = server
    settings = settings_for("x", provider.url)
    renew = NETWORKS["x"].renew
    assert renew is not None
    tokens = renew(settings, NOW)
    assert (tokens.access_token, tokens.expires_at) == ("access1", NOW + dt.timedelta(hours=2))
    with pytest.raises(SignedOut):
        renew(settings, NOW)


def _called(content: Any, secret: str = "app") -> Call:
    body = json.dumps(content).encode()
    return Call("POST", "https://x.example/", {"x-hub-signature-256": signature(body, secret)}, {}, body, NOW)


def _change(**value: Any) -> dict[str, Any]:
    value_of_change = {
        "item": "comment",
        "post_id": "7_1",
        "comment_id": "7_1_2",
        "from": {"id": "99", "name": "Ada"},
        "message": "Hi",
    }
    return {
        "object": "page",
        "entry": [{"id": "7", "changes": [{"field": "feed", "value": {**value_of_change, **value}}]}],
    }


def test_facebook_tells_of_comments() -> None:
    receive = NETWORKS["facebook"].receive
    assert receive is not None
    settings = settings_for("facebook", "https://graph.example")
    (comment,) = receive(_called(_change()), settings).comments
    assert (comment.post_id, comment.author, comment.text) == ("7_1", "99", "Hi")
    assert receive(_called(_change(verb="remove")), settings).comments[0].is_removed
    for other in ({"item": "like"}, {"from": {"id": "7"}}, {"comment_id": ""}):
        assert not receive(_called(_change(**other)), settings).comments
    with pytest.raises(NotTheirs):
        receive(_called(_change(), "forged"), settings)
    with pytest.raises(Malformed):
        receive(_called({"entry": "x"}), settings)
