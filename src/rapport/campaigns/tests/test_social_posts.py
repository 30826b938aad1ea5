"""Posts are written, measured and ordered; images are looked at and freed of what the camera wrote."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from PIL import Image

from rapport.campaigns import queries
from rapport.campaigns.services import social_images, social_posts
from rapport.campaigns.services.social_limits import measure
from rapport.campaigns.services.social_posts import SocialError
from rapport.campaigns.tests.social import Newsroom, connect, newsroom, picture
from rapport.channels.models import ChannelAccount
from rapport.channels.services import trials
from rapport.channels.tests.conftest import provider
from rapport.channels.tests.network_servers import NOW
from rapport.channels.tests.x_server import X

__all__ = ["newsroom", "provider"]
pytestmark = pytest.mark.django_db


def test_a_name_comes_from_the_text(newsroom: Newsroom) -> None:
    assert newsroom.write("First line\nsecond").name == "First line"
    assert newsroom.write("", name="Own").name == "Own"


def test_each_account_has_its_own_text_and_limit(newsroom: Newsroom, provider: Any) -> None:
    account = connect(newsroom.actor, provider, "x", X())
    texts = {newsroom.account.pk: "", account.pk: "Short"}
    post = social_posts.create_post(actor=newsroom.actor, text="y" * 400, accounts=texts)
    measured = [measure(row, []) for row in queries.social_post_for(newsroom.actor, post.pk).own_publications]  # type: ignore[attr-defined]
    assert [(entry.length, entry.left) for entry in measured] == [(400, 100), (5, 275)]


def test_a_text_that_is_too_long_is_refused_before_anything_is_ordered(newsroom: Newsroom) -> None:
    post = newsroom.write("y" * 501)
    with pytest.raises(SocialError, match="1 character too long") as refused:
        social_posts.publish_post(actor=newsroom.actor, post_id=post.pk)
    assert refused.value.field == f"text_{newsroom.account.pk}"


def test_a_server_with_other_limits_is_believed(newsroom: Newsroom) -> None:
    newsroom.server.length = 1000
    trials.inspect(actor=newsroom.actor, account_id=newsroom.account.pk)
    post = newsroom.write("y" * 501)
    social_posts.publish_post(actor=newsroom.actor, post_id=post.pk)


@pytest.mark.parametrize("at", [NOW - dt.timedelta(hours=1), NOW + dt.timedelta(days=400)])
def test_times_that_make_no_sense_are_refused(newsroom: Newsroom, at: dt.datetime) -> None:
    post = newsroom.write()
    with pytest.raises(SocialError):
        social_posts.publish_post(actor=newsroom.actor, post_id=post.pk, at=at, clock=newsroom.clock)


def test_a_post_needs_an_account_and_something_to_say(newsroom: Newsroom) -> None:
    nobody = social_posts.create_post(actor=newsroom.actor, text="Hi", accounts={})
    nothing = newsroom.write(" ")
    for post in (nobody, nothing):
        with pytest.raises(SocialError):
            social_posts.publish_post(actor=newsroom.actor, post_id=post.pk)
    with pytest.raises(SocialError, match="no such account"):
        social_posts.create_post(actor=newsroom.actor, text="Hi", accounts={987654: ""})


def test_an_ordered_post_does_not_change(newsroom: Newsroom) -> None:
    row = newsroom.publish(at=NOW + dt.timedelta(hours=1))
    with pytest.raises(SocialError, match="ordered already"):
        social_posts.edit_post(actor=newsroom.actor, post_id=row.post_id, text="Other")


def test_the_same_text_is_pointed_out(newsroom: Newsroom) -> None:
    newsroom.publish("Sale!")
    again = newsroom.write("Sale! ").publications.get()
    assert queries.same_text(again, newsroom.clock.now()) is not None
    assert queries.same_text(newsroom.write("Other").publications.get(), newsroom.clock.now()) is None


def test_an_image_loses_what_the_camera_wrote_into_it(newsroom: Newsroom) -> None:
    content, exif = io.BytesIO(), Image.Exif()
    exif[0x8825] = {1: "N", 2: (51.0, 30.0, 0.0)}  # where it was taken
    exif[0x0112] = 6  # on its side
    Image.new("RGB", (40, 30), "teal").save(content, "JPEG", exif=exif)
    content.seek(0)
    row = social_images.add_image(
        actor=newsroom.actor, post_id=newsroom.write().pk, content=content, alt=" A sea "
    )
    with default_storage.open(row.path) as stored, Image.open(stored) as image:
        assert image.size == (30, 40)
        assert not image.getexif()
    assert (row.media_type, row.alt) == ("image/jpeg", "A sea")


@pytest.mark.parametrize(
    "data", [b"", b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0 cut off", b"GIF89a", b"%PDF-1.7"]
)
def test_what_is_no_image_is_refused(newsroom: Newsroom, data: bytes) -> None:
    post = newsroom.write()
    with pytest.raises(SocialError):
        social_images.add_image(actor=newsroom.actor, post_id=post.pk, content=io.BytesIO(data), alt="x")


def test_an_image_needs_an_alternative_text(newsroom: Newsroom) -> None:
    post = newsroom.write()
    with pytest.raises(SocialError) as refused:
        social_images.add_image(actor=newsroom.actor, post_id=post.pk, content=picture(), alt=" ")
    assert refused.value.field == "alt"
    row = social_images.add_image(actor=newsroom.actor, post_id=post.pk, content=picture("PNG"), alt="A")
    social_images.describe_image(actor=newsroom.actor, image_id=row.pk, alt="")
    with pytest.raises(SocialError, match="no alternative text"):
        social_posts.publish_post(actor=newsroom.actor, post_id=post.pk)
    social_images.remove_image(actor=newsroom.actor, image_id=row.pk)
    social_posts.publish_post(actor=newsroom.actor, post_id=post.pk)


def test_only_who_may_publishes(newsroom: Newsroom, actor_in_role: Any) -> None:
    post = newsroom.write()
    with pytest.raises(PermissionDenied):
        social_posts.publish_post(actor=actor_in_role("viewer"), post_id=post.pk)
    with pytest.raises(PermissionDenied):
        social_posts.create_post(actor=actor_in_role("agent"), text="x", accounts={})


def test_a_wrong_token_is_seen_in_the_settings(newsroom: Newsroom) -> None:
    newsroom.server.token = "another"
    with pytest.raises(Exception, match="invalid"):
        trials.inspect(actor=newsroom.actor, account_id=newsroom.account.pk)
    assert ChannelAccount.objects.get().has_failed
