"""The history of an order as one thing: what each event said of it, and why some do not count."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy

from rapport.commerce.models import CommerceFact
from rapport.commerce.order_words import ICONS, SENTENCES, problem_in_words

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a history."""

    at: dt.datetime
    kind: str
    icon: str
    sentence: str
    source: str
    message_id: str
    person_id: uuid.UUID | None
    problems: list[str]
    ignored: str = ""


PAGES_WORD = gettext_lazy(
    "Not counted: the shop's server tells of this order, and anybody could have sent this from a page."
)
"""Why a fact of a page stands beside a server's."""


def history(subject: uuid.UUID) -> list[Step]:
    """What is known of an order or a cart, oldest first. Whoever asks has seen the order itself."""
    rows = list(CommerceFact.objects.filter(subject=subject).order_by("at", "message_id", "key")[:SHOWN])
    contents = [msgspec.json.decode(row.content) for row in rows]
    trusted = any(
        not row.is_public and content["kind"] in {"placed", "updated"} and row.about == "order"
        for row, content in zip(rows, contents, strict=True)
    )
    return [
        _step(row, content, ignored=trusted and row.is_public)
        for row, content in zip(rows, contents, strict=True)
    ]


def _step(row: CommerceFact, content: dict[str, Any], *, ignored: bool) -> Step:
    kind = content["kind"]
    sentence = SENTENCES.get(kind)
    return Step(
        row.at, kind, ICONS.get(kind, "shopping-cart"), str(sentence) if sentence else row.event, row.source,
        row.message_id, row.home, [problem_in_words(text) for text in content.get("problems", [])],
        str(PAGES_WORD) if ignored else "",
    )  # fmt: skip


def problems_in_words(problems: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """An order's problems as its page says them."""
    return [
        {**problem, "reasons": [problem_in_words(text) for text in problem["reasons"]]}
        for problem in problems
    ]
