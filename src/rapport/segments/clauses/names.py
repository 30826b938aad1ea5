"""What conditions call a purpose, a segment and a stage in words: its name, or its key where there is none of it."""

from __future__ import annotations

from rapport.core.process_cache import kept_for
from rapport.governance.models import Purpose
from rapport.segments.models import Segment, Stage


def purpose(key: object) -> str:
    return _purposes().get(str(key), str(key)) if key else "…"


def segment(key: object) -> str:
    return _segments().get(str(key), str(key)) if key else "…"


def stage(key: object) -> str:
    return _stages().get(str(key), str(key)) if key else "…"


@kept_for(10.0)
def _purposes() -> dict[str, str]:
    return dict(Purpose.objects.values_list("key", "name"))


@kept_for(10.0)
def _segments() -> dict[str, str]:
    return dict(Segment.objects.values_list("key", "name"))


@kept_for(10.0)
def _stages() -> dict[str, str]:
    return dict(Stage.objects.values_list("key", "name"))
