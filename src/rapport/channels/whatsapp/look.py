"""What Meta knows of a WhatsApp account: its number, how good it is, and the templates that may be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rapport.channels.meta import graph
from rapport.channels.meta.graph import objects, text_of
from rapport.core.services.outbound import Session

MOST = 1000


@dataclass(frozen=True, slots=True)
class Template:
    """One template at Meta. `body` is its text with the places of its parameters."""

    name: str
    language: str
    status: str
    category: str
    body: str


def look(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, how it stands). Raises WrongSettings."""
    session = Session()
    try:
        number = graph.get(
            session,
            settings,
            str(settings["phone_number_id"]),
            {"fields": "display_phone_number,verified_name,quality_rating,throughput"},
        )
        listed = templates(session, settings)
    finally:
        session.close()
    rows = [
        (
            _("Phone number"),
            f"{text_of(number, 'display_phone_number')} {text_of(number, 'verified_name')}".strip(),
        ),
        (_("Quality"), text_of(number, "quality_rating") or "–"),
        (_("Throughput"), text_of(number, "throughput", "level") or "–"),
    ]
    return rows + [
        (
            f"{template.name}/{template.language}",
            f"{template.status} · {template.category} · {template.body}"[:500],
        )
        for template in listed
    ]


def templates(session: Session, settings: Mapping[str, Any]) -> list[Template]:
    """Approved ones first, at most a thousand. Raises WrongSettings."""
    path = f"{settings['business_account_id']}/message_templates"
    query = {"fields": "name,language,status,category,components", "limit": "200"}
    rows: list[Template] = []
    while len(rows) < MOST:
        page = graph.get(session, settings, path, query)
        rows += [_template(entry) for entry in objects(page.get("data"))]
        after = text_of(page, "paging", "cursors", "after")
        if not after or not text_of(page, "paging", "next"):
            break
        query["after"] = after
    return sorted(rows, key=lambda row: (row.status != "APPROVED", row.name, row.language))[:MOST]


def _template(entry: Mapping[str, Any]) -> Template:
    body = next((part for part in objects(entry.get("components")) if part.get("type") == "BODY"), {})
    name, language, status, category = (
        text_of(entry, key) for key in ("name", "language", "status", "category")
    )
    return Template(name, language, status, category, text_of(body, "text"))
