"""What the API of templates takes and gives."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import Field

from rapport.core.api import InputSchema, Schema


class TemplateIn(InputSchema):
    """A draft. An email without `mjml` starts from the standard one; other channels have `fields` by name."""

    name: str = Field(min_length=1, max_length=120)
    key: str = Field("", max_length=64)
    channel: str = Field("", max_length=32)
    fields: dict[str, str] = {}
    subject: str = Field("", max_length=254)
    preheader: str = Field("", max_length=254)
    mjml: str = Field("", max_length=500_000)
    text: str = Field("", max_length=200_000)


class TemplatePatch(InputSchema):
    name: str | None = Field(None, min_length=1, max_length=120)
    fields: dict[str, str] | None = None
    subject: str | None = Field(None, max_length=254)
    preheader: str | None = Field(None, max_length=254)
    mjml: str | None = Field(None, max_length=500_000)
    text: str | None = Field(None, max_length=200_000)
    archived: bool | None = None


class TemplateOut(Schema):
    id: uuid.UUID
    key: str
    name: str
    channel: str
    fields: dict[str, str]
    subject: str
    preheader: str
    mjml: str
    text: str
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class TemplatePreviewIn(InputSchema):
    """For whom to render; without a person, with empty traits."""

    person: uuid.UUID | None = None


class TemplatePreviewOut(Schema):
    """`missing` are names that were printed but the person does not have."""

    subject: str
    html: str
    text: str
    fields: dict[str, str]
    warnings: list[str]
    missing: list[str]
