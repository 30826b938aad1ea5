"""The history of an order as one thing: what each event said of it, and why some do not count."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.functional import Promise
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
WITHDRAWN = gettext_lazy("Not counted: it was taken back.")


def history(subject: uuid.UUID) -> list[Step]:
    """What is known of an order or a cart, oldest first. Whoever asks has seen the order itself."""
    rows = list(CommerceFact.objects.filter(subject=subject).order_by("at", "message_id", "key")[:SHOWN])
    contents = [msgspec.json.decode(row.content) for row in rows]
    of_server = [
        (content["kind"] in {"placed", "updated"} or bool(content.get("lines")))
        for row, content in zip(rows, contents, strict=True)
        if not row.is_public and row.about == "order"
    ]
    withdrawn = {
        name
        for row, content in zip(rows, contents, strict=True)
        if not row.is_public
        for name in content.get("withdraws", [])
    }
    # Where no server says what was ordered, a page's word is taken for that.
    taken = set() if any(of_server) else {"placed", "updated"}
    return [
        _step(
            row, content, PAGES_WORD if of_server and row.is_public and content["kind"] not in taken
            else WITHDRAWN if row.message_id in withdrawn else "",
        )
        for row, content in zip(rows, contents, strict=True)
    ]  # fmt: skip


def _step(row: CommerceFact, content: dict[str, Any], ignored: str | Promise) -> Step:
    kind = content["kind"]
    sentence = SENTENCES.get(kind)
    return Step(
        row.at, kind, ICONS.get(kind, "shopping-cart"), str(sentence) if sentence else row.event, row.source,
        row.message_id, row.home, [problem_in_words(text) for text in content.get("problems", [])],
        str(ignored),
    )  # fmt: skip


def problems_in_words(problems: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """An order's problems as its page says them."""
    return [
        {**problem, "reasons": [problem_in_words(text) for text in problem["reasons"]]}
        for problem in problems
    ]
