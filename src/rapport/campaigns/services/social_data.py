"""What replies to posts hold about a person: handed out on request, and forgotten."""

from __future__ import annotations

import uuid
from typing import Any

from rapport.campaigns.models import SocialPublication, SocialReply
from rapport.core.registry import PersonalData

FIELDS = (
    "campaigns.SocialReply.digest",
    "campaigns.SocialReply.provider_id",
    "campaigns.SocialReply.parent_id",
    "campaigns.SocialReply.handle",
    "campaigns.SocialReply.url",
    "campaigns.SocialPublication.text",
)


def export(person_ids: list[uuid.UUID]) -> dict[str, Any]:
    """The replies of a person below our posts, and what we answered."""
    rows = SocialReply.objects.filter(message__person_id__in=person_ids).select_related(
        "message", "publication__post", "publication__account"
    )
    return {
        "social_replies": [
            {
                "network": row.publication.account.channel,
                "post": row.publication.post.name,
                "handle": row.handle,
                "url": row.url,
                "text": row.message.text if row.message else "",
                "written_at": row.written_at.isoformat(),
                "answers": [answer.text for answer in row.answers.order_by("due_at", "pk")],
            }
            for row in rows.prefetch_related("answers").order_by("written_at", "pk")
        ]
    }


def erase(person_ids: list[uuid.UUID]) -> dict[str, int]:
    """Nothing leads to the person any more; a keyed hash stays, so that the reply is not read in again."""
    ids = list(SocialReply.objects.filter(message__person_id__in=person_ids).values_list("pk", flat=True))
    answers = SocialPublication.objects.filter(answers_id__in=ids).update(text="", detail="")
    forgotten = SocialReply.objects.filter(pk__in=ids).update(
        message=None, provider_id="", parent_id="", handle="", url=""
    )
    return {"campaigns_socialreply": forgotten, "campaigns_socialpublication": answers}


HOLDER = PersonalData("campaigns", FIELDS, export, erase)
