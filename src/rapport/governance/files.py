"""Documents as files to download."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse


def as_file(document: dict[str, Any], name: str) -> HttpResponse:
    """JSON that a browser saves under this name."""
    body = json.dumps(document, indent=2, ensure_ascii=False)
    answer = HttpResponse(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
