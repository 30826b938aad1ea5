"""How many real bounce mails are classified as expected, and how fast: a folder with `mails.zip` and `expected.csv`."""

from __future__ import annotations

import csv
import time
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from rapport.channels.email.inbound import Reading, classify


class NoMails(Exception):
    """The folder holds no mails; the message says what it should hold."""


def measure(folder: Path | None) -> dict[str, Any]:
    """A mail counts as classified when every recipient is there, in order, permanent or not as expected."""
    if folder is None or not (folder / "expected.csv").is_file():
        raise NoMails(
            "Name with --data a folder that holds mails.zip and expected.csv (file, recipient, …, kind)."
        )
    expected = _expected(folder / "expected.csv")
    with zipfile.ZipFile(folder / "mails.zip") as archive:
        mails = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    started = time.process_time()
    readings = {name: classify(raw) for name, raw in mails.items()}
    seconds = time.process_time() - started
    by_name = {Path(name).name: reading for name, reading in readings.items()}
    wrong = [name for name, kinds in expected.items() if not _fits(by_name.get(name), kinds)]
    unread = [name for name in expected if name not in by_name or not by_name[name].recipients]
    innocent = [reading for name, reading in by_name.items() if name not in expected]
    misled = [
        name
        for name, kinds in expected.items()
        if name in by_name and _suppresses_wrongly(by_name[name], kinds)
    ]
    return {
        "figures": {
            "as_expected_percent": round(100 * (1 - len(wrong) / max(len(expected), 1)), 1),
            "suppressing_wrongly": len(misled) + sum(bool(reading.recipients) for reading in innocent),
            "unread": len(unread),
            "milliseconds_a_mail": round(1000 * seconds / max(len(mails), 1), 2),
        },
        "sizes": {"mails": len(mails), "otherwise": sorted(wrong)},
    }


def _expected(file: Path) -> dict[str, list[bool]]:
    kinds: dict[str, list[bool]] = defaultdict(list)
    with file.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            kinds[row["file"]].append(row["kind"] == "permanent")
    return dict(kinds)


def _fits(reading: Reading | None, kinds: list[bool]) -> bool:
    return reading is not None and [recipient.permanent for recipient in reading.recipients] == kinds


def _suppresses_wrongly(reading: Reading, kinds: list[bool]) -> bool:
    given = [recipient.permanent for recipient in reading.recipients]
    return any(
        permanent and (place >= len(kinds) or not kinds[place]) for place, permanent in enumerate(given)
    )
