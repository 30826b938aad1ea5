"""The door by which higher apps put words into messages: `{{ coupon.spring }}`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapport.core.registration import Registry


@dataclass(frozen=True, slots=True)
class LiquidVariable:
    """`{{ NAME.KEY }}` in templates.

    `values(person_id, keys)` gives what goes out to a person, {key: text}, for the keys that a template reads;
    it may write, and is called outside of a transaction. It raises TemplateError where a message must not go without.
    `sample()` is what a preview shows, by key.
    """

    name: str
    values: Callable[[uuid.UUID, Sequence[str]], Mapping[str, str]]
    sample: Callable[[], Mapping[str, str]]


LIQUID_VARIABLES: Registry[LiquidVariable] = Registry("variable of templates")
