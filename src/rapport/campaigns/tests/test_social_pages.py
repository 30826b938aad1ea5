"""The pages of social posts, seen by somebody who is signed in; and the call of a network."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse

from rapport.campaigns.models import SocialPost, SocialPublication, SocialReply
from rapport.campaigns.tests.social import Newsroom, connect, newsroom, picture
from rapport.channels.meta.graph import signature
from rapport.channels.tests.conftest import provider
from rapport.channels.tests.network_servers import Facebook
from rapport.core.models import Workspace

__all__ = ["newsroom", "provider"]
pytestmark = pytest.mark.django_db


def filled(newsroom: Newsroom, **more: Any) -> dict[str, Any]:
    return {"text": "Hello", "accounts": [newsroom.account.pk], "when": "now", **more}


def test_a_post_is_written_with_an_image_and_published(page: Any, newsroom: Newsroom) -> None:
    image = picture()
    image.name = "a.jpg"
    fields = filled(newsroom, image=image, alt="A sea", publish="1")
    answer = page.post(reverse("campaigns:social-post-new"), fields)
    post = SocialPost.objects.get()
    assert answer.url == reverse("campaigns:social-post", args=[post.pk])
    newsroom.clock.advance(post.publish_at - newsroom.clock.now())
    newsroom.work()
    body = page.get(answer.url).content.decode()
    assert "https://social.example/@shop/100" in body
    picture_url = reverse("campaigns:social-image", args=[post.images.get().pk])
    assert page.get(picture_url)["Content-Type"] == "image/jpeg"
    assert page.get(reverse("campaigns:social-post-live", args=[post.pk])).status_code == 200


def test_what_is_wrong_comes_back_beside_its_field_and_nothing_is_kept(page: Any, newsroom: Newsroom) -> None:
    fields = filled(newsroom, text="y" * 501, publish="1")
    answer = page.post(reverse("campaigns:social-post-new"), fields)
    assert answer.status_code == 422
    assert "1 character too long" in answer.content.decode()
    assert not SocialPost.objects.exists()


def test_a_time_is_in_the_zone_of_the_team(page: Any, newsroom: Newsroom, actor: Any) -> None:
    Workspace.objects.create(time_zone="America/New_York")
    at = "2027-01-15T09:00"
    page.post(reverse("campaigns:social-post-new"), filled(newsroom, when="later", at=at, publish="1"))
    post = SocialPost.objects.get()
    assert post.publish_at is not None
    assert post.publish_at.isoformat() == "2027-01-15T14:00:00+00:00"


def test_a_time_that_does_not_exist_is_refused(page: Any, newsroom: Newsroom) -> None:
    Workspace.objects.create(time_zone="Europe/Berlin")
    at = "2027-03-28T02:30"
    fields = filled(newsroom, when="later", at=at, publish="1")
    assert page.post(reverse("campaigns:social-post-new"), fields).status_code == 422


def test_the_preview_counts_as_the_network_counts(page: Any, newsroom: Newsroom) -> None:
    fields = filled(newsroom, text="https://shop.example/" + "a" * 300)
    body = page.post(reverse("campaigns:social-post-preview"), fields).content.decode()
    assert "477 of 500 left" in " ".join(body.split())


def test_a_draft_is_edited_cancelled_and_archived(page: Any, newsroom: Newsroom) -> None:
    post = newsroom.write()
    url = reverse("campaigns:social-post", args=[post.pk])
    assert page.get(url).status_code == 200
    page.post(url, filled(newsroom, text="Other", **{f"text_{newsroom.account.pk}": "Own"}))
    assert SocialPublication.objects.get().text == "Own"
    page.post(url, filled(newsroom, when="later", at="2027-01-15T09:00", publish="1"))
    assert SocialPublication.objects.get().state == "scheduled"
    assert b"Scheduled for" in page.get(url).content
    page.post(reverse("campaigns:social-post-cancel", args=[post.pk]))
    page.post(reverse("campaigns:social-post-archive", args=[post.pk]))
    post.refresh_from_db()
    assert post.archived_at is not None


def test_a_reply_is_answered_from_the_page(page: Any, newsroom: Newsroom) -> None:
    row = newsroom.publish()
    newsroom.server.said("1", row.provider_id, "ada@other.example", "<script>When?")
    newsroom.clock.advance(row.read_at - newsroom.clock.now())
    newsroom.read()
    url = reverse("campaigns:social-post", args=[row.post_id])
    assert b"<script>When" not in page.get(url).content
    reply = SocialReply.objects.get()
    answer_url = reverse("campaigns:social-answer", args=[reply.pk])
    assert page.post(answer_url, {"text": "y" * 501}).status_code == 422
    assert page.post(answer_url, {"text": "Now"}).status_code == 302
    assert b"Now" in page.get(url).content


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("marketer", 200)])
def test_only_marketers_may_write(client: Any, user: Any, newsroom: Newsroom, role: str, status: int) -> None:
    user.roles.set([role])
    client.force_login(user)
    assert client.get(reverse("campaigns:social-post-new")).status_code == status


def test_without_accounts_the_page_says_where_to_connect_one(page: Any) -> None:
    assert reverse("channels:accounts").encode() in page.get(reverse("campaigns:social-post-new")).content
    assert reverse("channels:accounts").encode() in page.get(reverse("campaigns:social-posts")).content


def test_an_account_is_connected_and_asked_in_the_settings(page: Any, newsroom: Newsroom) -> None:
    assert page.get(reverse("channels:account-new", args=["x"])).status_code == 200
    assert b"Mastodon" in page.get(reverse("channels:accounts")).content
    url = reverse("channels:account-inspection", args=[newsroom.account.pk])
    assert b"@shop" in page.post(url).content


def test_facebook_calls_the_address_of_its_account(client: Any, actor: Any, provider: Any) -> None:
    account = connect(actor, provider, "facebook", Facebook())
    post = SocialPost.objects.create(name="P", text="P")
    SocialPublication.objects.create(post=post, account=account, state="published", provider_id="7_1")
    value = {
        "item": "comment",
        "post_id": "7_1",
        "comment_id": "7_1_2",
        "from": {"id": "99", "name": "Ada"},
        "message": "Hi",
    }
    body = json.dumps({"entry": [{"id": "7", "changes": [{"field": "feed", "value": value}]}]}).encode()
    address = f"/hooks/channels/{account.token}"
    for secret, status in (("forged", 403), ("app", 200), ("app", 200)):
        headers = {"x-hub-signature-256": signature(body, secret)}
        answer = client.post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code == status
    assert SocialReply.objects.count() == 1
    query = "?hub.mode=subscribe&hub.verify_token=v&hub.challenge=42"
    assert client.get(address + query).content == b"42"
