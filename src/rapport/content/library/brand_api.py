"""The REST API of the brand."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router
from pydantic import Field

from rapport.content.library import brands
from rapport.content.queries import brand
from rapport.core.access import actor_of
from rapport.core.api import InputSchema, Schema, refusals
from rapport.core.clock import clock_of

router = Router(tags=["brand"])
_refusals = partial(refusals, "The brand cannot look like this.")
FontKey = Literal["inter", "helvetica", "verdana", "trebuchet", "georgia", "times", "courier"]


class BrandPatch(InputSchema):
    """What is left out stays. Colours are #rrggbb, `radius` pixels, `logo` the id of an image or null for none."""

    name: str | None = Field(None, max_length=120)
    logo: uuid.UUID | None = None
    website: str | None = Field(None, max_length=300)
    primary: str | None = Field(None, max_length=7)
    text: str | None = Field(None, max_length=7)
    background: str | None = Field(None, max_length=7)
    surface: str | None = Field(None, max_length=7)
    font: FontKey | None = None
    radius: int | None = Field(None, ge=0, le=40)
    footer: str | None = Field(None, max_length=500)
    voice: str | None = Field(None, max_length=2_000)


class BrandOut(Schema):
    name: str
    logo: uuid.UUID | None = Field(validation_alias="logo_id")
    website: str
    primary: str
    text: str
    background: str
    surface: str
    font: FontKey
    radius: int
    footer: str
    voice: str
    version: int


@router.get("", response=BrandOut, summary="Get the brand")
def get_brand(request: HttpRequest) -> Any:
    if not actor_of(request).may("templates.view"):
        raise Http404
    return brand()


@router.patch("", response=BrandOut, summary="Change the brand")
def change_brand(request: HttpRequest, body: BrandPatch) -> Any:
    values = body.model_dump(exclude_unset=True, exclude_none=True, exclude={"logo"})
    logo = body.logo if "logo" in body.model_fields_set else False
    with _refusals():
        return brands.change_brand(actor=actor_of(request), values=values, logo=logo, clock=clock_of(request))
