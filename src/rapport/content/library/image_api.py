"""The REST API of images."""

from __future__ import annotations

import datetime as dt
import io
import uuid
from functools import partial
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router
from ninja.files import UploadedFile
from ninja.responses import Status
from pydantic import Field

from rapport.content.library import images, queries
from rapport.content.library.models import Image
from rapport.content.queries import image_url
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Page, Schema, cursor_page, refusals
from rapport.core.api.pages import Cursor, Limit
from rapport.core.clock import clock_of
from rapport.core.images import LARGEST

router = Router(tags=["images"])
_refusals = partial(refusals, "The image cannot be kept.")


class ImagePatch(InputSchema):
    name: str | None = Field(None, max_length=120)
    alt: str | None = Field(None, max_length=300)
    archived: bool | None = None


class ImageOut(Schema):
    """`url` is public and lasts; `small_url` is at most 320 pixels wide. Sizes are in pixels and bytes."""

    id: uuid.UUID
    name: str
    alt: str
    url: str
    small_url: str
    width: int
    height: int
    size: int
    created_at: dt.datetime
    archived_at: dt.datetime | None


def _shown(row: Image) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ImageOut.model_fields if not name.endswith("url")}
    return own | {"url": image_url(row), "small_url": image_url(row, small=True)}


@router.get("", response=Page[ImageOut], summary="List images, newest first")
def list_images(request: HttpRequest, *, q: str = "", cursor: Cursor = None, limit: Limit = 50) -> Any:
    rows = queries.images(actor_of(request), text=q[:100])
    page, following = cursor_page(
        rows, scope="images", sort=("-created_at", "id"), cursor=cursor, limit=limit
    )
    return {"data": [_shown(row) for row in page], "next_cursor": following}


@router.post("", response={201: ImageOut}, summary="Upload an image; the same one again gives the first")
def add_image(request: HttpRequest, image: File[UploadedFile], alt: Form[str], name: Form[str] = "") -> Any:
    with _refusals():
        content = io.BytesIO(image.read(LARGEST + 1))
        row = images.add_image(
            actor=actor_of(request), content=content, name=name or str(image.name)[:120], alt=alt,
            clock=clock_of(request),
        )  # fmt: skip
    return Status(201, _shown(row))


@router.get("/{uuid:image_id}", response=ImageOut, summary="Get an image")
def get_image(request: HttpRequest, image_id: uuid.UUID) -> Any:
    return _shown(queries.image_for(actor_of(request), image_id))


@router.patch("/{uuid:image_id}", response=ImageOut, summary="Describe an image, or archive it")
def change_image(request: HttpRequest, image_id: uuid.UUID, body: ImagePatch) -> Any:
    actor, clock = actor_of(request), clock_of(request)
    row = queries.image_for(actor, image_id)
    with _refusals():
        if body.name is not None or body.alt is not None:
            name, alt = body.name or row.name, row.alt if body.alt is None else body.alt
            images.describe_image(actor=actor, image_id=row.pk, name=name, alt=alt, clock=clock)
        if body.archived is not None:
            images.archive_image(actor=actor, image_id=row.pk, undo=not body.archived, clock=clock)
    return _shown(queries.image_for(actor, image_id))
