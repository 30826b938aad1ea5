"""What the API of templates takes and gives."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import Field

from rapport.core.api import InputSchema, Schema


class WrittenIn(InputSchema):
    """What a template says in one more language."""

    fields: dict[str, str] = {}
    subject: str = Field("", max_length=254)
    preheader: str = Field("", max_length=254)
    mjml: str = Field("", max_length=500_000)
    text: str = Field("", max_length=200_000)


class TemplateIn(InputSchema):
    """A draft. An email without `mjml` starts from the standard one; other channels have `fields` by name.

    `language` is that of what it says; without one, that of who asks.
    """

    name: str = Field(min_length=1, max_length=120)
    key: str = Field("", max_length=64)
    channel: str = Field("", max_length=32)
    fields: dict[str, str] = {}
    subject: str = Field("", max_length=254)
    preheader: str = Field("", max_length=254)
    mjml: str = Field("", max_length=500_000)
    text: str = Field("", max_length=200_000)
    language: str = Field("", max_length=16)


class TemplatePatch(InputSchema):
    """What is given changes. `translations` are all there shall be: {language: what it says}."""

    name: str | None = Field(None, min_length=1, max_length=120)
    fields: dict[str, str] | None = None
    subject: str | None = Field(None, max_length=254)
    preheader: str | None = Field(None, max_length=254)
    mjml: str | None = Field(None, max_length=500_000)
    text: str | None = Field(None, max_length=200_000)
    archived: bool | None = None
    translations: dict[str, WrittenIn] | None = Field(None, max_length=30)


class WrittenOut(Schema):
    fields: dict[str, str]
    subject: str
    preheader: str
    mjml: str
    text: str


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
    language: str
    translations: dict[str, WrittenOut]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class TemplatePreviewIn(InputSchema):
    """For whom to render, in which language; without a person with empty traits, without a language in the person's."""

    person: uuid.UUID | None = None
    language: str | None = Field(None, max_length=16)


class TemplatePreviewOut(Schema):
    """`missing` are names that were printed but the person does not have."""

    subject: str
    html: str
    text: str
    fields: dict[str, str]
    warnings: list[str]
    missing: list[str]
