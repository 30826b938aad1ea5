"""What conditions call a purpose in words: its name, or its key where there is no such purpose."""

from __future__ import annotations

from rapport.core.process_cache import kept_for
from rapport.governance.models import Purpose


def purpose(key: object) -> str:
    return _purposes().get(str(key), str(key)) if key else "…"


@kept_for(10.0)
def _purposes() -> dict[str, str]:
    return dict(Purpose.objects.values_list("key", "name"))
