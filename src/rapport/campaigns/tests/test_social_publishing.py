"""A post is published exactly once, whatever the network, the worker and the database do meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from rapport.campaigns.models import SocialPublication
from rapport.campaigns.services import social_images, social_posts, social_publishing
from rapport.campaigns.services.social_posts import SocialError
from rapport.campaigns.tests.social import Newsroom, connect, newsroom, picture
from rapport.channels.models import ChannelAccount
from rapport.channels.tests.conftest import provider
from rapport.channels.tests.network_servers import NOW, LinkedIn, Mastodon
from rapport.channels.tests.x_server import X
from rapport.core.clock import VirtualClock
from rapport.core.services import incarnations

__all__ = ["newsroom", "provider"]
pytestmark = pytest.mark.django_db
State = SocialPublication.State
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


def now_of(row: SocialPublication) -> SocialPublication:
    row.refresh_from_db()
    return row


@pytest.fixture
def on_x(actor: Any, provider: Any) -> Newsroom:
    server = X()
    return Newsroom(actor, connect(actor, provider, "x", server), server, VirtualClock(NOW))


def test_a_post_goes_out_with_its_image_and_has_a_link(newsroom: Newsroom) -> None:
    post = newsroom.write("Hello\nworld")
    social_images.add_image(actor=newsroom.actor, post_id=post.pk, content=picture(), alt="A sea")
    social_posts.publish_post(actor=newsroom.actor, post_id=post.pk, clock=newsroom.clock)
    assert newsroom.work() == 1
    row = post.publications.get()
    assert (row.state, row.url) == (State.PUBLISHED, "https://social.example/@shop/100")
    assert newsroom.server.images == {"1": "A sea"}
    assert newsroom.work() == 0


def test_a_post_waits_for_its_time(newsroom: Newsroom) -> None:
    row = newsroom.publish(at=NOW + HOUR)
    assert row.state == State.SCHEDULED
    assert not newsroom.server.posts
    newsroom.clock.advance(HOUR)
    newsroom.work()
    assert now_of(row).state == State.PUBLISHED


def test_what_is_due_too_long_ago_is_missed(newsroom: Newsroom) -> None:
    """A restored backup, or a worker that was down for days."""
    row = newsroom.publish(at=NOW + HOUR)
    newsroom.clock.advance(dt.timedelta(days=3))
    newsroom.work()
    assert now_of(row).state == State.MISSED
    assert not newsroom.server.posts


@pytest.mark.parametrize("is_done", [True, False])
def test_a_lost_answer_never_makes_two_posts(on_x: Newsroom, is_done: bool) -> None:
    on_x.server.fail("/2/tweets", done=is_done)
    row = on_x.publish("See https://shop.example/a?b=1&c=2")
    assert row.state == State.CHECKING
    on_x.clock.advance(MINUTE)
    on_x.work()
    assert now_of(row).state == State.PUBLISHED
    assert list(on_x.server.posts) == [row.provider_id]


def test_a_post_that_cannot_be_looked_for_waits_for_a_person(on_x: Newsroom) -> None:
    on_x.server.fail("/2/tweets", done=True)
    row = on_x.publish()
    on_x.server.fail("/2/users/7/tweets", (403, {"detail": "Your access level does not include this."}))
    on_x.clock.advance(MINUTE)
    on_x.work()
    assert now_of(row).state == State.UNCERTAIN
    on_x.clock.advance(HOUR)
    assert on_x.work() == 0
    social_posts.settle(
        actor=on_x.actor, publication_id=row.pk, is_public=True, url="https://x.com/i/status/100"
    )
    assert now_of(row).state == State.PUBLISHED
    assert len(on_x.server.posts) == 1


def test_a_person_may_have_it_published_again(on_x: Newsroom) -> None:
    on_x.server.fail("/2/tweets")
    row = on_x.publish()
    on_x.server.fail("/2/users/7/tweets", (403, {}))
    on_x.clock.advance(MINUTE)
    on_x.work()
    social_posts.publish_again(actor=on_x.actor, publication_id=row.pk, clock=on_x.clock)
    on_x.work()
    assert now_of(row).state == State.PUBLISHED


def test_mastodon_is_offered_it_again_under_the_same_key(newsroom: Newsroom) -> None:
    newsroom.server.fail("/api/v1/statuses", (502, ""), done=True)
    row = newsroom.publish()
    newsroom.server.fail("/api/v1/statuses", (503, "down"))
    for _ in range(2):
        newsroom.clock.advance(5 * MINUTE)
        newsroom.work()
    assert now_of(row).state == State.PUBLISHED
    assert len(newsroom.server.posts) == 1


@pytest.mark.parametrize("is_done", [True, False])
def test_a_worker_that_died_while_publishing(on_x: Newsroom, is_done: bool, monkeypatch: Any) -> None:
    def killed(*_args: Any) -> None:
        if is_done:
            on_x.server.posts["100"] = {"id": "100", "text": "Hello"}
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(social_publishing.social, "act", killed)
        with pytest.raises(KeyboardInterrupt):
            on_x.publish()
    row = SocialPublication.objects.get()
    assert row.state == State.PUBLISHING
    assert on_x.work() == 0  # its lease still holds
    on_x.clock.advance(11 * MINUTE)
    on_x.work()
    assert now_of(row).state == State.PUBLISHED
    assert len(on_x.server.posts) == 1


def test_a_late_post_is_looked_for_first(on_x: Newsroom) -> None:
    """A backup from before it went out: the post is public, and the data do not know."""
    row = on_x.publish(at=NOW + HOUR)
    on_x.server.posts["55"] = {"id": "55", "text": "Hello"}
    on_x.clock.advance(2 * HOUR)
    on_x.work()
    assert (now_of(row).state, row.provider_id) == (State.PUBLISHED, "55")
    assert len(on_x.server.posts) == 1


def test_nothing_goes_out_while_a_restore_waits_for_a_decision(newsroom: Newsroom, monkeypatch: Any) -> None:
    monkeypatch.setattr(incarnations, "may_send", lambda _now: False)
    row = newsroom.publish()
    assert row.state == State.SCHEDULED
    assert not newsroom.server.posts


def test_a_network_that_asks_for_rest_is_left_alone(newsroom: Newsroom) -> None:
    newsroom.server.fail("/api/v1/statuses", (429, {"error": "Too many requests"}, {"retry-after": "600"}))
    first = newsroom.publish("One")
    second = newsroom.publish("Two")
    assert {first.state, second.state} == {State.SCHEDULED}
    assert not newsroom.server.posts
    newsroom.clock.advance(11 * MINUTE)
    newsroom.work()
    assert {now_of(first).state, now_of(second).state} == {State.PUBLISHED}


def test_a_network_that_is_down_for_hours_gets_it_in_the_end(newsroom: Newsroom) -> None:
    for _ in range(12):
        newsroom.server.fail("/api/v1/statuses", (503, "down"))
    row = newsroom.publish()
    for _ in range(16):
        newsroom.clock.advance(HOUR + MINUTE)
        newsroom.work()
    assert now_of(row).state == State.PUBLISHED
    assert len(newsroom.server.posts) == 1


def test_a_refusal_is_told_and_not_repeated(newsroom: Newsroom) -> None:
    newsroom.server.fail("/api/v1/statuses", (422, {"error": "Validation failed"}))
    row = newsroom.publish()
    assert (row.state, row.detail) == (State.FAILED, "Validation failed")
    newsroom.clock.advance(HOUR)
    assert newsroom.work() == 0


def test_an_expired_token_waits_for_a_new_one(newsroom: Newsroom) -> None:
    newsroom.server.token = "another"
    row = newsroom.publish()
    assert (row.state, row.code) == (State.SCHEDULED, "401")
    account = ChannelAccount.objects.get()
    assert account.has_failed
    newsroom.server.token = "secret"
    newsroom.clock.advance(11 * MINUTE)
    newsroom.work()
    assert now_of(row).state == State.PUBLISHED
    assert not ChannelAccount.objects.get().has_failed


def test_a_token_is_renewed_once_and_kept(on_x: Newsroom) -> None:
    on_x.server.token = "expired long ago"
    rows = [on_x.publish(text) for text in ("One", "Two")]
    assert [row.state for row in rows] == [State.PUBLISHED, State.PUBLISHED]
    assert on_x.server.renewals == 1
    on_x.clock.advance(2 * HOUR)
    on_x.publish("Three")
    assert on_x.server.renewals == 2
    account = ChannelAccount.objects.get()
    assert "access" not in str(account.settings) + str(account.details)


def test_one_account_that_fails_does_not_hold_up_the_others(
    actor: Any, provider: Any, newsroom: Newsroom
) -> None:
    other = connect(actor, provider, "linkedin", LinkedIn(), "Org")
    ChannelAccount.objects.filter(pk=other.pk).update(secrets="")
    mastodon, linkedin = newsroom.server, LinkedIn()
    linkedin.token = "unknown"

    def both(request: Any) -> Any:
        request.headers["x-base"] = provider.url
        return (linkedin if request.path.startswith("/rest") else mastodon)(request)

    provider.answer = both
    accounts = {newsroom.account.pk: "", other.pk: "For work"}
    post = social_posts.create_post(actor=actor, text="Hello", accounts=accounts, clock=newsroom.clock)
    social_posts.publish_post(actor=actor, post_id=post.pk, clock=newsroom.clock)
    newsroom.work()
    states = dict(post.publications.values_list("account__channel", "state"))
    assert states == {"mastodon": State.PUBLISHED, "linkedin": State.SCHEDULED}


def test_taking_back_beats_publishing(newsroom: Newsroom) -> None:
    row = newsroom.publish(at=NOW + HOUR)
    assert social_posts.cancel_post(actor=newsroom.actor, post_id=row.post_id, clock=newsroom.clock)
    newsroom.clock.advance(HOUR)
    assert newsroom.work() == 0
    assert now_of(row).state == State.DRAFT
    with pytest.raises(SocialError, match="Nothing"):
        social_posts.cancel_post(actor=newsroom.actor, post_id=row.post_id)


def test_an_order_is_given_once(newsroom: Newsroom) -> None:
    """A button that is pressed twice."""
    post = newsroom.write()
    social_posts.publish_post(actor=newsroom.actor, post_id=post.pk, clock=newsroom.clock)
    with pytest.raises(SocialError, match="ordered already"):
        social_posts.publish_post(actor=newsroom.actor, post_id=post.pk, clock=newsroom.clock)


def test_an_account_out_of_use_publishes_nothing(newsroom: Newsroom) -> None:
    row = newsroom.publish(at=NOW + HOUR)
    ChannelAccount.objects.update(disabled_at=NOW)
    newsroom.clock.advance(HOUR)
    newsroom.work()
    assert now_of(row).state == State.FAILED


def test_a_published_post_is_deleted(newsroom: Newsroom) -> None:
    row = newsroom.publish()
    newsroom.server.fail("/api/v1/statuses/100", (500, "oops"), done=True)
    social_posts.delete_publication(actor=newsroom.actor, publication_id=row.pk, clock=newsroom.clock)
    newsroom.work()
    assert now_of(row).state == State.DELETING
    newsroom.clock.advance(MINUTE)
    newsroom.work()
    assert now_of(row).state == State.DELETED
    assert not newsroom.server.posts


def test_two_accounts_of_one_network(newsroom: Newsroom, provider: Any) -> None:
    connect(newsroom.actor, provider, "mastodon", Mastodon(), "Second")
    assert ChannelAccount.objects.filter(disabled_at=None).count() == 2
