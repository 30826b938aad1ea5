"""Accounts of social networks on small servers, and what the worker does with posts over them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from rapport.campaigns.models import SocialPost, SocialPublication
from rapport.campaigns.services import social_posts, social_publishing, social_reading
from rapport.channels.models import ChannelAccount
from rapport.channels.services import accounts
from rapport.channels.tests.http_api import Api
from rapport.channels.tests.network_servers import NOW, Mastodon, Server
from rapport.channels.tests.test_networks import settings_for
from rapport.core.access import Actor
from rapport.core.clock import VirtualClock

DETAILS: dict[str, dict[str, Any]] = {
    "mastodon": {"id": "7", "handle": "shop", "name": "@shop"},
    "x": {"id": "7", "name": "@shop"},
    "linkedin": {"id": "7"},
    "facebook": {"id": "7"},
}


def connect(actor: Actor, api: Api, key: str, server: Server, name: str = "") -> ChannelAccount:
    """An account of the network, on this server."""

    def answer(request: Any) -> Any:
        request.headers["x-base"] = api.url
        return server(request)

    api.answer = answer
    given = settings_for(key, api.url)
    names = {field.key for field in accounts._way(key).fields}
    values = {field: value for field, value in given.items() if field in names}
    account = accounts.create(actor=actor, adapter=key, name=name or key, values=values)
    ChannelAccount.objects.filter(pk=account.pk).update(details=DETAILS[key])
    account.refresh_from_db()
    return account


def picture(kind: str = "JPEG") -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(content, kind)
    content.seek(0)
    return content


class Newsroom:
    """Writes posts for one account and runs the worker."""

    def __init__(self, actor: Actor, account: ChannelAccount, server: Any, clock: VirtualClock) -> None:
        self.actor, self.account, self.server, self.clock = actor, account, server, clock

    def write(self, text: str = "Hello", **more: Any) -> SocialPost:
        return social_posts.create_post(
            actor=self.actor, text=text, accounts={self.account.pk: ""}, clock=self.clock, **more
        )

    def publish(self, text: str = "Hello", at: Any = None) -> SocialPublication:
        post = self.write(text)
        social_posts.publish_post(actor=self.actor, post_id=post.pk, at=at, clock=self.clock)
        self.work()
        return post.publications.get()

    def work(self) -> int:
        self.server.now = self.clock.now()
        return social_publishing.run_once(self.clock)

    def read(self) -> int:
        return social_reading.run_once(self.clock)


@pytest.fixture
def newsroom(actor: Actor, provider: Api, db: None) -> Newsroom:
    server = Mastodon()
    account = connect(actor, provider, "mastodon", server)
    return Newsroom(actor, account, server, VirtualClock(NOW))
