"""What higher apps do with segments: what depends on one, what it is used for. Kinds: `language.registry`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from rapport.core.registration import Registry


@dataclass(frozen=True, slots=True)
class Use:
    """Something that depends on a segment: a campaign, a journey, another segment.

    While something that `blocks` uses it, a segment cannot be archived.
    """

    label: str
    url: str
    kind: str = ""
    blocks: bool = False


# `uses_of(segment id)` lists what of a higher app depends on a segment.
SEGMENT_USES: Registry[Callable[[uuid.UUID], list[Use]]] = Registry("finder of a segment's uses")


@dataclass(frozen=True, slots=True)
class SegmentAction:
    """A button on a segment's page that opens `url_name` with `?segment=ID`."""

    name: str
    label: str | Promise
    icon: str
    url_name: str
    permission: str


SEGMENT_ACTIONS: Registry[SegmentAction] = Registry("action of segments")


def uses_of(segment_id: uuid.UUID) -> list[Use]:
    return [use for uses in SEGMENT_USES for use in uses(segment_id)]
