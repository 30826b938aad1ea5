"""Social posts over the REST API."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rapport.campaigns.models import SocialPublication
from rapport.campaigns.tests.social import Newsroom, newsroom, picture
from rapport.channels.tests.conftest import provider
from rapport.core import crypto
from rapport.core.models import ApiKey
from rapport.core.permissions import grants_of_role

__all__ = ["newsroom", "provider"]
pytestmark = pytest.mark.django_db


def written(api: Any, newsroom: Newsroom, **values: Any) -> Any:
    body = {"text": "Hello", "accounts": {newsroom.account.pk: ""}} | values
    status, post = api("POST", "/social-posts", body)
    assert status == 201, post
    return post


def test_a_post_is_written_published_and_deleted(api: Any, newsroom: Newsroom) -> None:
    post = written(api, newsroom)
    address = f"/social-posts/{post['id']}"
    assert api("PATCH", address, {"text": "Other"})[1]["text"] == "Other"
    status, post = api("POST", f"{address}/publish")
    assert (status, post["status"]) == (202, "scheduled")
    SocialPublication.objects.update(next_attempt_at=newsroom.clock.now())
    newsroom.work()
    (publication,) = api("GET", address)[1]["publications"]
    assert (publication["state"], publication["network"]) == ("published", "mastodon")
    status, gone = api("POST", f"/social-posts/publications/{publication['id']}/deletion")
    assert (status, gone["state"]) == (202, "deleting")
    assert [row["name"] for row in api("GET", "/social-posts")[1]["data"]] == ["Hello"]


def test_what_is_refused_names_its_field(api: Any, newsroom: Newsroom) -> None:
    post = written(api, newsroom, text="y" * 501)
    status, problem = api("POST", f"/social-posts/{post['id']}/publish")
    assert status == 422
    assert f"/body/text_{newsroom.account.pk}" in str(problem)
    assert api("POST", f"/social-posts/{post['id']}/cancel")[0] == 409
    assert api("POST", "/social-posts", {"text": "x", "accounts": {987654: ""}})[0] == 422


def test_replies_are_listed_and_answered(api: Any, newsroom: Newsroom) -> None:
    row = newsroom.publish()
    newsroom.server.said("1", row.provider_id, "ada@other.example", "When?")
    newsroom.clock.advance(row.read_at - newsroom.clock.now())
    newsroom.read()
    (reply,) = api("GET", f"/social-posts/{row.post_id}/replies")[1]["data"]
    assert (reply["text"], reply["handle"], reply["person"]) == ("When?", "@ada@other.example", None)
    status, answer = api("POST", f"/social-posts/replies/{reply['id']}/answers", {"text": "Soon"})
    assert (status, answer["state"]) == (202, "scheduled")


def test_an_image_is_added(client: Any, newsroom: Newsroom) -> None:
    secret = crypto.token("rk")
    grants = grants_of_role("marketer")
    ApiKey.objects.create(name="t", prefix=secret[:8], digest=crypto.digest(secret), grants=grants)
    file = SimpleUploadedFile("a.jpg", picture().read(), "image/jpeg")
    answer = client.post(
        f"/api/v1/social-posts/{newsroom.write().pk}/images",
        {"image": file, "alt": "A sea"},
        headers={"authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 201, answer.content
    assert answer.json()["images"][0]["alt"] == "A sea"
