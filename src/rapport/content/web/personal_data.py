"""What forms hold of a person: what they entered, and the files they sent."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from rapport.content.web import uploads
from rapport.content.web.models import FormSubmission
from rapport.people.models import Identifier
from rapport.people.services.moving import rows_follow

FIELDS = tuple(
    f"content.FormSubmission.{name}"
    for name in ("person", "anonymous_id", "email", "values", "page", "campaign", "unit")
)


def of(person_ids: list[uuid.UUID]) -> QuerySet[FormSubmission]:
    """What they entered; also what was taken for spam, or is not worked in yet, by the address and browser in it."""
    rows = Identifier.objects.filter(person_id__in=person_ids, type__in=["email", "anonymous_id"])
    values = {kind: [row.value for row in rows if row.type == kind] for kind in ("email", "anonymous_id")}
    return FormSubmission.objects.filter(
        Q(person_id__in=person_ids)
        | Q(person=None, email__in=values["email"])
        | Q(person=None, anonymous_id__in=values["anonymous_id"])
    )


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    return {
        "form_submissions": [
            {
                "form": row.form.name, "at": row.at.isoformat(), "state": row.state, "values": row.values,
                "consents": row.consents, "page": row.page, "campaign": row.campaign, "email": row.email,
            }
            for row in of(person_ids).select_related("form").order_by("at", "pk")
        ]
    }  # fmt: skip


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    rows = list(of(person_ids))
    for row in rows:
        uploads.forget(row.values)
    removed, _kinds = FormSubmission.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return {"content_formsubmission": removed}


MERGEABLE = rows_follow("web-forms", FormSubmission)
