"""What content holds about a person: on-site messages they saw, forms they filled in."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.content.onsite import personal_data as on_site
from rapport.content.web import personal_data as web
from rapport.core.registry import PERSONAL_DATA, PersonalData

HOLDERS = (on_site, web)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    return {name: value for holder in HOLDERS for name, value in holder.export(person_ids).items()}


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    return {name: count for holder in HOLDERS for name, count in holder.erase(person_ids).items()}


def register() -> None:
    fields = (*on_site.FIELDS, *web.FIELDS)
    PERSONAL_DATA.register(PersonalData("content", fields, export, erase))
