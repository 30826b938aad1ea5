"""What is said below a post comes in as messages of persons, once, is answered there, and is forgotten."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from rapport.campaigns import queries
from rapport.campaigns.models import SocialPublication, SocialReply
from rapport.campaigns.services import social_data, social_posts, social_reading
from rapport.campaigns.tests.social import Newsroom, connect, newsroom
from rapport.channels.networks import Comment
from rapport.channels.tests.conftest import provider
from rapport.channels.tests.network_servers import NOW, Facebook
from rapport.core.clock import VirtualClock
from rapport.messaging.models import InboundMessage
from rapport.people.models import Identifier, Person

__all__ = ["newsroom", "provider"]
pytestmark = pytest.mark.django_db
SOON = dt.timedelta(minutes=10)


@pytest.fixture
def ada(db: None) -> Person:
    person = Person.objects.create(id=uuid.uuid4(), name="Ada", first_seen_at=NOW, last_seen_at=NOW)
    Identifier.objects.create(
        person=person, type="mastodon_address", value="ada@other.example", first_seen_at=NOW
    )
    return person


def talk(newsroom: Newsroom) -> SocialPublication:
    row = newsroom.publish()
    newsroom.server.said("1", row.provider_id, "ada@Other.example", "When?")
    newsroom.server.said("2", "1", "eve@else.example", "Me too")
    newsroom.clock.advance(SOON)
    newsroom.read()
    row.refresh_from_db()
    return row


def test_replies_become_messages_of_known_persons(newsroom: Newsroom, ada: Person) -> None:
    row = talk(newsroom)
    messages = list(InboundMessage.objects.order_by("text"))
    assert [(message.text, message.person) for message in messages] == [("Me too", None), ("When?", ada)]
    assert (row.likes, row.shares, row.replies_count) == (3, 2, 0)
    newsroom.clock.advance(SOON)
    assert newsroom.read() == 1
    assert InboundMessage.objects.count() == 2


def test_an_answer_is_published_below_the_reply(newsroom: Newsroom) -> None:
    row = talk(newsroom)
    reply = queries.social_replies(newsroom.actor, row.post).first()
    assert reply is not None
    answer = social_posts.answer_reply(
        actor=newsroom.actor, reply_id=reply.pk, text="Tomorrow", clock=newsroom.clock
    )
    newsroom.work()
    answer.refresh_from_db()
    assert answer.state == "published"
    sent = newsroom.server.posts[answer.provider_id]
    assert sent["in_reply_to_id"] == "1"
    assert sent["content"] == "<p>@ada@Other.example Tomorrow</p>"
    newsroom.server.comments.append({**sent, "account": {"acct": "shop"}})
    newsroom.clock.advance(SOON)
    newsroom.read()
    assert SocialReply.objects.count() == 2


def test_a_reply_that_its_author_removed_goes_here_too(newsroom: Newsroom) -> None:
    talk(newsroom)
    newsroom.server.comments.pop(0)
    newsroom.clock.advance(SOON)
    newsroom.read()
    reply = SocialReply.objects.get(provider_id="1")
    assert reply.removed_at is not None
    assert reply.message is not None
    assert reply.message.text == ""
    with pytest.raises(social_posts.SocialError, match="removed"):
        social_posts.answer_reply(actor=newsroom.actor, reply_id=reply.pk, text="x")


def test_whoever_was_erased_is_not_read_in_again(newsroom: Newsroom, ada: Person) -> None:
    talk(newsroom)
    exported = social_data.export([ada.pk])["social_replies"]
    assert [entry["text"] for entry in exported] == ["When?"]
    assert social_data.erase([ada.pk])["campaigns_socialreply"] == 1
    InboundMessage.objects.filter(person=ada).delete()
    newsroom.clock.advance(SOON)
    newsroom.read()
    assert [message.text for message in InboundMessage.objects.all()] == ["Me too"]
    assert not SocialReply.objects.filter(provider_id="1").exists()


def test_old_posts_are_read_seldom_and_then_no_more(newsroom: Newsroom) -> None:
    row = newsroom.publish()
    reads = 0
    for _day in range(90):
        newsroom.clock.advance(dt.timedelta(days=1))
        reads += newsroom.read()
    assert 50 < reads < 62
    row.refresh_from_db()
    assert row.read_at is None


def test_a_network_that_cannot_be_read_holds_up_nothing(newsroom: Newsroom) -> None:
    row = newsroom.publish()
    newsroom.server.fail("/api/v1/statuses?", (500, "oops"))
    newsroom.clock.advance(SOON)
    assert newsroom.read() == 1
    newsroom.clock.advance(SOON)
    newsroom.read()
    row.refresh_from_db()
    assert row.likes == 3


def test_comments_that_facebook_tells_of(actor: Any, provider: Any) -> None:
    server = Facebook()
    room = Newsroom(actor, connect(actor, provider, "facebook", server), server, VirtualClock(NOW))
    row = room.publish()
    comment = Comment("7_1_9", row.provider_id, "99", "Ada", "Hi", NOW)
    foreign = Comment("8_1_9", "8_1", "99", "Ada", "Hi", NOW)
    assert social_reading.take_told(room.account, [comment, comment, foreign], room.clock) == 1
    removed = Comment("7_1_9", row.provider_id, "99", "Ada", "", NOW, is_removed=True)
    social_reading.take_told(room.account, [removed], room.clock)
    assert SocialReply.objects.get().removed_at


def test_words_are_only_for_those_who_may_see_messages(newsroom: Newsroom, actor_in_role: Any) -> None:
    row = talk(newsroom)
    assert queries.social_replies(newsroom.actor, row.post).count() == 2
    assert queries.social_replies(actor_in_role("analyst"), row.post).count() in {0, 2}
