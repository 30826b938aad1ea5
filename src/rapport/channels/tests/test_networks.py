"""What is true of every network: a post is published, found again, counted and deleted; failures have names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from rapport.channels.networks import NETWORKS, Failed, Image, Post, SignedOut, SocialClient
from rapport.channels.protocol import Result
from rapport.channels.tests.http_api import Api
from rapport.channels.tests.network_servers import NOW, Facebook, LinkedIn, Mastodon, Server
from rapport.channels.tests.x_server import X

SERVERS = {"mastodon": Mastodon, "facebook": Facebook, "linkedin": LinkedIn, "x": X}
PUBLISHING = {
    "mastodon": "/api/v1/statuses",
    "facebook": "/7/feed",
    "linkedin": "/rest/posts",
    "x": "/2/tweets",
}
ALL = pytest.mark.parametrize("key", list(SERVERS))
IMAGE = Image(b"\xff\xd8\xff\xe0 a picture \r\n--", "image/jpeg", "Two dogs – on a “beach”", "a.jpg")
TEXT = "New (in store): 20% off\nhttps://shop.example/a?utm_source=s&x=1 #Sale_2026 → ✅"
POST = Post("ref-1", TEXT, (IMAGE,), title="Sale")


def settings_for(key: str, url: str) -> dict[str, Any]:
    own = {
        "mastodon": {"server": url},
        "facebook": {"page_id": "7", "app_secret": "app", "verify_token": "v"},
        "linkedin": {"organization": "7"},
        "x": {"client_id": "app", "client_secret": "s", "refresh_token": "first"},
    }
    return {"access_token": "secret", "base_url": url, **own[key]}


@pytest.fixture
def server(key: str, provider: Api) -> Server:
    running: Server = SERVERS[key]()

    def answer(request: Any) -> Any:
        request.headers["x-base"] = provider.url
        return running(request)

    provider.answer = answer
    return running


@pytest.fixture
def client(key: str, provider: Api, server: Server) -> Iterator[SocialClient]:
    opened = NETWORKS[key].open(settings_for(key, provider.url), {"id": "7", "handle": "shop"}, NOW)
    yield opened
    opened.close()


@ALL
def test_a_post_is_published_with_its_image_and_found_again(client: SocialClient, server: Server) -> None:
    posted = client.publish(POST)
    assert posted.outcome.result is Result.ACCEPTED, posted
    assert list(server.posts) == [posted.outcome.provider_id]
    assert posted.outcome.provider_id in posted.url
    assert len(server.images) == 1
    again = client.find(POST, NOW - dt.timedelta(minutes=1))
    assert again is not None
    assert again.outcome.provider_id == posted.outcome.provider_id
    assert client.find(Post("ref-2", "Another text"), NOW - dt.timedelta(minutes=1)) is None


@ALL
def test_the_alternative_text_reaches_the_network(client: SocialClient, server: Server, key: str) -> None:
    client.publish(POST)
    if key == "linkedin":
        (row,) = server.posts.values()
        assert row["content"] == {"media": {"id": "urn:li:image:1", "altText": IMAGE.alt}}
        assert server.images == {"urn:li:image:1": "image/jpeg"}
    else:
        assert list(server.images.values()) == [IMAGE.alt]


@ALL
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ((429, {"error": "slow"}, {"retry-after": "90"}), Result.RETRY),
        ((503, "down for a minute"), Result.RETRY),
        ((500, "<html>oops"), Result.UNCERTAIN),
        ((502, ""), Result.UNCERTAIN),
        ((302, "", {"location": "https://evil.example"}), Result.UNCERTAIN),
        ((200, "not JSON"), Result.UNCERTAIN),
        ((400, {"error": "no"}), Result.REFUSED),
        ((0, ""), Result.UNCERTAIN),
    ],
)
def test_what_failed_has_a_name(
    client: SocialClient, server: Server, key: str, answer: Any, result: Result
) -> None:
    server.fail(PUBLISHING[key], answer)
    outcome = client.publish(Post("r", "Hello")).outcome
    assert outcome.result is result
    if answer[0] == 429:
        assert outcome.retry_after == 90


@ALL
def test_a_lost_upload_is_no_lost_post(client: SocialClient, server: Server, provider: Api) -> None:
    server.fail("/", (0, ""))
    outcome = client.publish(POST).outcome
    assert outcome.result is Result.RETRY
    assert not server.posts


@ALL
def test_an_unknown_token_is_told_apart(client: SocialClient, server: Server) -> None:
    server.token = "another"
    with pytest.raises(SignedOut):
        client.publish(POST)


@ALL
def test_a_host_that_is_not_there_is_safe_to_try_again(key: str, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    client = NETWORKS[key].open(settings_for(key, "http://127.0.0.1:9"), {}, NOW)
    assert client.publish(Post("r", "Hello")).outcome.result is Result.UNREACHABLE
    with pytest.raises(Failed):
        client.find(POST, NOW)


@ALL
def test_an_inner_address_is_never_asked(key: str) -> None:
    client = NETWORKS[key].open(settings_for(key, "http://127.0.0.1:9"), {}, NOW)
    assert client.publish(Post("r", "Hello")).outcome.result is Result.REFUSED


@ALL
def test_deleting_twice_is_no_failure(client: SocialClient, server: Server) -> None:
    post_id = client.publish(Post("r", "Hello")).outcome.provider_id
    assert client.delete(post_id).result is Result.ACCEPTED
    assert client.delete(post_id).result is Result.ACCEPTED
    assert not server.posts


@ALL
def test_figures_are_read(client: SocialClient, server: Server) -> None:
    post_id = client.publish(Post("r", "Hello")).outcome.provider_id
    assert client.figures([post_id])[post_id].likes


@ALL
def test_an_account_says_what_it_is_called(key: str, provider: Api, server: Server) -> None:
    details = NETWORKS[key].learn(settings_for(key, provider.url), NOW)
    assert details["id"] == "7"
    assert "shop" in details["name"]
    assert NETWORKS[key].limits(details).length >= 280
