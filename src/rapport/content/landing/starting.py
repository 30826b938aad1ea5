"""What new landing pages can start from, in English and German."""

from __future__ import annotations

import copy
import datetime as dt
import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("designs.json")
ANY_FORM = "*"
OWN = "en"


class Design(NamedTuple):
    """One to choose: what it is called, and what is on it."""

    key: str
    name: str
    about: str


@cache
def _all() -> dict[str, dict[str, dict[str, Any]]]:
    designs: dict[str, dict[str, dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
    return designs


def designs(language: str) -> list[Design]:
    """In a language there is, or else in English."""
    texts = [(key, every.get(language) or every[OWN]) for key, every in _all().items()]
    return [Design(key, own["name"], own["about"]) for key, own in texts]


def needs_form(design: str) -> bool:
    blocks = _all().get(design, {}).get(OWN, {}).get("definition", {}).get("blocks", [])
    return any(block.get("form") == ANY_FORM for block in blocks)


def definition(design: str, language: str, now: dt.datetime, *, form: str = "") -> dict[str, Any]:
    """One to begin with; `form` is the key of the form that stands in it, `now` the business's own time."""
    every = _all().get(design) or _all()["empty"]
    chosen = copy.deepcopy((every.get(language) or every[OWN])["definition"])
    for block in chosen["blocks"]:
        if block.get("form") == ANY_FORM:
            block["form"] = form
        if (until := block.get("until", "")).startswith("+"):
            end = (now + dt.timedelta(days=int(until))).replace(hour=23, minute=59, tzinfo=None)
            block["until"] = end.isoformat(timespec="minutes")
    definition: dict[str, Any] = chosen
    return definition
