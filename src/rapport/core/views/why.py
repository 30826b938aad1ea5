"""Why can they see this? Each user's answer for one record."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from rapport.core import queries
from rapport.core.access import Actor, actor_of
from rapport.core.forms.access import WhyForm
from rapport.core.reasons import reason
from rapport.core.registry import OWNED_RECORDS, OwnedRecord
from rapport.core.views.pages import page
from rapport.core.views.settings import settings_page

MOST = 200
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@require_safe
@page("users.edit")
def why(request: HttpRequest) -> HttpResponseBase:
    """`record` is "kind:id", an id, or the address of a record's page; `user` one user's id, or nothing for all."""
    actor = actor_of(request)
    form = WhyForm(request.GET or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid() and form.cleaned_data["record"]:
        record, row = _record(actor, form.cleaned_data["record"])
        if record is None:
            form.add_error("record", form.NOT_FOUND)
        else:
            context |= {
                "row": row,
                "kind": record.label,
                "url": reverse(record.url_name, args=[row.pk]),
                "answers": _answers(actor, record, row, form.cleaned_data["user"]),
            }
    return settings_page(request, "settings/why.html", context, 422 if form.errors else 200)


def _record(actor: Actor, text: str) -> tuple[OwnedRecord | None, Any]:
    if (match := _UUID.search(text)) is None:
        return None, None
    for record in OWNED_RECORDS:
        rows = record.rows(actor).select_related("owner", "team")
        if row := rows.filter(pk=uuid.UUID(match[0])).first():
            return record, row
    return None, None


def _answers(actor: Actor, record: OwnedRecord, row: Any, user_id: str) -> list[dict[str, Any]]:
    users = queries.users(actor).order_by("name", "email")
    users = users.filter(pk=user_id) if user_id else users.filter(is_active=True)
    unowned = queries.workspace().unowned_for_all
    return [
        {
            "user": user,
            "view": reason(user, record.view, row, unowned_for_all=unowned),
            "edit": reason(user, record.edit, row, unowned_for_all=unowned),
        }
        for user in users[:MOST]
    ]
