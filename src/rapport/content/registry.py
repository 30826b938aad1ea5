"""The door by which higher apps put words into messages: `{{ coupon.spring }}`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapport.core.registration import Registry


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message is for, and the values that came with it."""

    person_id: uuid.UUID
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiquidVariable:
    """`{{ NAME.KEY }}` in templates.

    `values(addressees, keys)` gives for each message of a block what goes out, {key: text}, for the keys that a
    template reads, or the TemplateError with which it must not go; it may write, and is called outside a transaction.
    `sample()` is what a preview shows, by key; one for a person shows their own `values` where these are only read
    (`is_read_only`). What is `hidden` is not kept with the message.
    """

    name: str
    values: Callable[[Sequence[Addressee], Sequence[str]], Sequence[Mapping[str, Any] | Exception]]
    sample: Callable[[], Mapping[str, Any]]
    hidden: frozenset[str] = frozenset()
    is_read_only: bool = False


LIQUID_VARIABLES: Registry[LiquidVariable] = Registry("variable of templates")
