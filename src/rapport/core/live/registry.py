"""What users can be told of, and what they can comment on: filled by the apps."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from rapport.core.registration import Registry
from rapport.core.registry import SAMPLE_ID

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import Promise

    from rapport.core.access import Actor


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """Something users are told of; `words(params)` says it in the language of who reads it."""

    name: str
    label: str | Promise
    icon: str
    words: Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class CommentedKind:
    """Records that users comment on, who see them by `permission`.

    `record_for(actor, id)` raises Http404 where there is none for them; `url_name` is reversed with the id.
    """

    name: str
    label: str | Promise
    permission: str
    record_for: Callable[[Actor, uuid.UUID], Model]
    url_name: str

    @property
    def url_arguments(self) -> tuple[uuid.UUID]:
        return (SAMPLE_ID,)


NOTICE_KINDS: Registry[NoticeKind] = Registry("kind of notice")
COMMENTED_KINDS: Registry[CommentedKind] = Registry("kind of record with comments")


def register() -> None:
    """Core's own: whoever is mentioned in a comment, or answered."""
    for name, label, words in (
        (
            "comment.mentioned",
            _("Mentioned in a comment"),
            gettext_noop("{who} mentions you at “{record}”: {text}"),
        ),
        ("comment.answered", _("Answer to a comment"), gettext_noop("{who} answers at “{record}”: {text}")),
    ):
        NOTICE_KINDS.register(NoticeKind(name, label, "message-square", _words(words)))


def _words(text: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda params: gettext(text).format(**params)
