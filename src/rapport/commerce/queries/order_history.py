"""The history of an order as one thing: what each event said of it, and why some do not count."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from rapport.commerce.models import CommerceFact
from rapport.commerce.order_words import ICONS, SENTENCES, problem_in_words

SHOWN = 200
CORRECTIONS = "Corrections of orders"
"""The source of what colleagues correct."""


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
    may_return: bool = False

    @property
    def may_leave(self) -> bool:
        """Whether it counts and says something that could be left out."""
        return bool(self.message_id) and not self.ignored and self.kind not in {"withdrawn", "reassigned"}


PAGES_WORD = gettext_lazy(
    "Not counted: the shop's server tells of this order, and anybody could have sent this from a page."
)
"""Why a fact of a page stands beside a server's."""
WITHDRAWN = gettext_lazy("Not counted: it was taken back.")


def taken_back(newest_first: Iterable[tuple[str, Sequence[str]]]) -> set[str]:
    """The ids among these (id, the ids it takes back) that do not count."""
    gone: set[str] = set()
    for message_id, withdraws in newest_first:
        if message_id not in gone:
            gone.update(withdraws)
    return gone


def history(subject: uuid.UUID, problems: Sequence[dict[str, Any]] = ()) -> list[Step]:
    """What is known of an order or a cart, oldest first. Whoever asks has seen the order itself.

    `problems` are those that folding found; they stand at their event.
    """
    doubts = {problem["message_id"]: problem["reasons"] for problem in problems if problem["message_id"]}
    rows = list(CommerceFact.objects.filter(subject=subject).order_by("at", "message_id", "key")[:SHOWN])
    contents = [msgspec.json.decode(row.content) for row in rows]
    of_server = [
        (content["kind"] in {"placed", "updated"} or bool(content.get("lines")))
        for row, content in zip(rows, contents, strict=True)
        if not row.is_public and row.about == "order"
    ]
    pairs = [(row, content.get("withdraws", [])) for row, content in zip(rows, contents, strict=True)]
    gone = taken_back((row.message_id, names) for row, names in reversed(pairs) if not row.is_public)
    # What colleagues left out here, they may have counted again.
    ours = {name for row, names in pairs if row.source == CORRECTIONS and len(names) == 1 for name in names}
    # Where no server says what was ordered, a page's word is taken for that.
    taken = set() if any(of_server) else {"placed", "updated"}
    return [
        _step(
            row, content, PAGES_WORD if of_server and row.is_public and content["kind"] not in taken
            else WITHDRAWN if row.message_id in gone else "",
            doubts.get(row.message_id, []), may_return=row.message_id in gone & ours,
        )
        for row, content in zip(rows, contents, strict=True)
    ]  # fmt: skip


def _step(
    row: CommerceFact,
    content: dict[str, Any],
    ignored: str | Promise,
    doubts: Sequence[str],
    *,
    may_return: bool,
) -> Step:
    kind = content["kind"]
    sentence = SENTENCES.get(kind)
    return Step(
        row.at, kind, ICONS.get(kind, "shopping-cart"), str(sentence) if sentence else row.event, row.source,
        row.message_id, row.home, list(map(problem_in_words, dict.fromkeys([*content.get("problems", []), *doubts]))),
        str(ignored), may_return,
    )  # fmt: skip


def problems_in_words(problems: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """An order's problems as its page says them."""
    return [
        {**problem, "reasons": [problem_in_words(text) for text in problem["reasons"]]}
        for problem in problems
    ]
