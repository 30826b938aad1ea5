"""Social posts over the API: the same services as the pages."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from rapport.campaigns import queries
from rapport.campaigns.models import SocialPublication, SocialReply
from rapport.campaigns.services import social_images, social_posts
from rapport.campaigns.services.social_posts import SocialError
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Limit, Page, Problem, Schema, cursor_page
from rapport.core.images import LARGEST

router = Router(tags=["social posts"])


class SocialPostIn(InputSchema):
    """`accounts` is {id of a channel account: its own text, or "" for the common one}."""

    name: str = Field("", max_length=120)
    text: str = Field("", max_length=70_000)
    accounts: dict[int, str] = Field(default_factory=dict)


class SocialPostPatch(InputSchema):
    """Only what is given changes."""

    name: str | None = Field(None, max_length=120)
    text: str | None = Field(None, max_length=70_000)
    accounts: dict[int, str] | None = None
    archived: bool | None = None


class PublishIn(InputSchema):
    """When to publish; now, if nothing is said."""

    at: AwareDatetime | None = None


class SettleIn(InputSchema):
    """What a person saw of an uncertain publication."""

    public: bool
    url: str = Field("", max_length=500)


class AnswerIn(InputSchema):
    text: str = Field(min_length=1, max_length=10_000)


class SocialPublicationOut(Schema):
    """A post on one account, or an answer of ours. `code` and `detail` are what the network said last."""

    id: uuid.UUID
    account: int
    network: str
    text: str
    state: str
    due_at: dt.datetime | None
    published_at: dt.datetime | None
    provider_id: str
    url: str
    code: str
    detail: str
    likes: int | None
    shares: int | None
    replies: int | None
    views: int | None
    figures_at: dt.datetime | None

    @staticmethod
    def resolve_account(row: SocialPublication) -> int:
        return row.account_id

    @staticmethod
    def resolve_network(row: SocialPublication) -> str:
        return row.account.channel

    @staticmethod
    def resolve_text(row: SocialPublication) -> str:
        return row.whole_text

    @staticmethod
    def resolve_replies(row: SocialPublication) -> int | None:
        return row.replies_count


class SocialImageOut(Schema):
    id: int
    media_type: str
    size: int
    alt: str


class SocialPostOut(Schema):
    id: uuid.UUID
    name: str
    text: str
    status: str
    publish_at: dt.datetime | None
    created_at: dt.datetime
    images: list[SocialImageOut]
    publications: list[SocialPublicationOut]

    @staticmethod
    def resolve_status(post: Any) -> str:
        return queries.social_status(post.own_publications)

    @staticmethod
    def resolve_images(post: Any) -> list[Any]:
        return list(post.images.all())

    @staticmethod
    def resolve_publications(post: Any) -> list[Any]:
        for row in post.own_publications:
            row.post = post
        return list(post.own_publications)


class SocialReplyOut(Schema):
    """What somebody wrote below a post. `person` is whose identifier its author is, `message` the inbound message."""

    id: int
    publication: uuid.UUID
    message: int
    person: uuid.UUID | None
    name: str
    handle: str
    text: str
    url: str
    written_at: dt.datetime
    removed_at: dt.datetime | None

    @staticmethod
    def resolve_publication(row: SocialReply) -> uuid.UUID:
        return row.publication_id

    @staticmethod
    def resolve_message(row: Any) -> int:
        return int(row.message_id)

    @staticmethod
    def resolve_person(row: Any) -> uuid.UUID | None:
        person: uuid.UUID | None = row.message.person_id
        return person

    @staticmethod
    def resolve_name(row: Any) -> str:
        return str(row.message.name)

    @staticmethod
    def resolve_text(row: Any) -> str:
        return str(row.message.text)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the services refuse, as problems."""
    try:
        yield
    except SocialError as error:
        pointer = {f"/body/{error.field}": str(error)} if error.field else None
        raise Problem(422 if error.field else 409, str(error), pointer) from error


def _now(request: HttpRequest, post_id: uuid.UUID) -> Any:
    return queries.social_post_for(actor_of(request), post_id)


@router.get("", response=Page[SocialPostOut], summary="List social posts, newest first")
def list_posts(request: HttpRequest, limit: Limit, cursor: str | None = None) -> Any:
    rows = queries.social_posts(actor_of(request))
    sort = ("-created_at", "id")
    page, following = cursor_page(rows, scope="social posts", sort=sort, cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


@router.post("", response={201: SocialPostOut}, summary="Write a social post")
def create_post(request: HttpRequest, body: SocialPostIn) -> Any:
    with _refusals():
        post = social_posts.create_post(actor=actor_of(request), **body.model_dump())
    return Status(201, _now(request, post.pk))


@router.get("/{uuid:post_id}", response=SocialPostOut, summary="Get a social post and what became of it")
def get_post(request: HttpRequest, post_id: uuid.UUID) -> Any:
    return _now(request, post_id)


@router.patch("/{uuid:post_id}", response=SocialPostOut, summary="Change a draft, or archive a post")
def edit_post(request: HttpRequest, post_id: uuid.UUID, body: SocialPostPatch) -> Any:
    actor = actor_of(request)
    changes = body.model_dump(exclude_unset=True, exclude_none=True, exclude={"archived"})
    with _refusals(), transaction.atomic():
        if changes:
            social_posts.edit_post(actor=actor, post_id=post_id, **changes)
        if body.archived is not None:
            social_posts.archive_post(actor=actor, post_id=post_id, undo=not body.archived)
    return _now(request, post_id)


@router.post(
    "/{uuid:post_id}/images", response={201: SocialPostOut}, summary="Add an image with its alternative text"
)
def add_image(request: HttpRequest, post_id: uuid.UUID, image: File[UploadedFile], alt: Form[str]) -> Any:
    with _refusals():
        content = io.BytesIO(image.read(LARGEST + 1))
        social_images.add_image(actor=actor_of(request), post_id=post_id, content=content, alt=alt)
    return Status(201, _now(request, post_id))


@router.post("/{uuid:post_id}/publish", response={202: SocialPostOut}, summary="Publish now or at a time")
def publish(request: HttpRequest, post_id: uuid.UUID, body: PublishIn | None = None) -> Any:
    with _refusals():
        social_posts.publish_post(actor=actor_of(request), post_id=post_id, at=body.at if body else None)
    return Status(202, _now(request, post_id))


@router.post("/{uuid:post_id}/cancel", response=SocialPostOut, summary="Take back what waits")
def cancel(request: HttpRequest, post_id: uuid.UUID) -> Any:
    with _refusals():
        social_posts.cancel_post(actor=actor_of(request), post_id=post_id)
    return _now(request, post_id)


@router.get(
    "/{uuid:post_id}/replies",
    response=Page[SocialReplyOut],
    summary="List replies below a post, oldest first",
)
def list_replies(request: HttpRequest, post_id: uuid.UUID, limit: Limit, cursor: str | None = None) -> Any:
    actor = actor_of(request)
    rows = queries.social_replies(actor, queries.social_post_for(actor, post_id))
    scope, sort = f"social replies:{post_id}", ("written_at", "id")
    page, following = cursor_page(rows, scope=scope, sort=sort, cursor=cursor, limit=limit)
    return {"data": page, "next_cursor": following}


@router.post(
    "/replies/{int:reply_id}/answers",
    response={202: SocialPublicationOut},
    summary="Publish an answer to a reply",
)
def answer(request: HttpRequest, reply_id: int, body: AnswerIn) -> Any:
    actor = actor_of(request)
    with _refusals():
        row = social_posts.answer_reply(actor=actor, reply_id=reply_id, text=body.text)
    return Status(202, queries.publication_for(actor, row.pk))


@router.post(
    "/publications/{uuid:publication_id}/retry",
    response={202: SocialPublicationOut},
    summary="Publish again what failed, was missed or is uncertain",
)
def retry(request: HttpRequest, publication_id: uuid.UUID) -> Any:
    actor = actor_of(request)
    with _refusals():
        social_posts.publish_again(actor=actor, publication_id=publication_id)
    return Status(202, queries.publication_for(actor, publication_id))


@router.post(
    "/publications/{uuid:publication_id}/settlement",
    response=SocialPublicationOut,
    summary="Say whether an uncertain publication is public",
)
def settle(request: HttpRequest, publication_id: uuid.UUID, body: SettleIn) -> Any:
    actor = actor_of(request)
    with _refusals():
        social_posts.settle(actor=actor, publication_id=publication_id, is_public=body.public, url=body.url)
    return queries.publication_for(actor, publication_id)


@router.post(
    "/publications/{uuid:publication_id}/deletion",
    response={202: SocialPublicationOut},
    summary="Delete what is published, on its network",
)
def delete(request: HttpRequest, publication_id: uuid.UUID) -> Any:
    actor = actor_of(request)
    with _refusals():
        social_posts.delete_publication(actor=actor, publication_id=publication_id)
    return Status(202, queries.publication_for(actor, publication_id))
