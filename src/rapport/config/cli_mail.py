"""`rapport mail`: what the mailbox reader makes of a mail."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from rapport.config.cli_tools import say


@click.group()
def mail() -> None:
    """Mail that came in."""


@mail.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def classify(files: tuple[Path, ...]) -> None:
    """Say what each mail is, one line of JSON a file: bounce, complaint, auto_reply or other, and about whom."""
    failed = False
    for file in files:
        answer = _classified(file)
        failed = failed or "error" in answer
        say(json.dumps({"file": str(file).encode("utf-8", "replace").decode()} | answer, ensure_ascii=False))
    if failed:
        sys.exit(1)


def _classified(file: Path) -> dict[str, Any]:
    from rapport.channels.email.inbound import classify, mime_reader

    try:
        with file.open("rb") as stream:
            reading = classify(stream.read(mime_reader.LIMIT + 1))
    except OSError as error:
        return {"error": error.strerror or str(error)}
    return {
        "kind": str(reading.kind),
        "challenge": reading.challenge,
        "recipients": [
            {
                "address": recipient.address,
                "status": recipient.status,
                "code": recipient.code,
                "reason": recipient.reason,
                "about": str(recipient.about),
                "permanent": recipient.permanent,
            }
            for recipient in reading.recipients
        ],
        "message_ids": list(reading.references.message_ids),
    }
