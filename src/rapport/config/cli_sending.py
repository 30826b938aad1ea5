"""`rapport sending`: what waits after a restore, and the decision about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from rapport.config.cli_tools import compatible, data_option, note, say

_journal = click.option(
    "--journal",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A journal of another machine; may be given several times.",
)
_CHOICES = click.Choice(["resume", "skip"])


@click.group()
def sending() -> None:
    """Sending after a restore: what waits, and what may go."""


@sending.command("status")
@data_option
@_journal
def status(data: str | None, folders: tuple[Path, ...]) -> None:
    """Say whether sending waits, for what, and what the journal tells; as JSON. Ends with status 3 while it waits."""
    compatible(data)
    from rapport.core.clock import SYSTEM
    from rapport.core.services import held_work, incarnations, journal

    waiting = incarnations.waiting()
    if waiting is None:
        say(json.dumps({"sending": "ok", "journal": str(journal.folder())}))
        return
    since = incarnations.known_until(waiting)
    answer: dict[str, Any] = {
        "sending": "silent" if waiting.silent else "waits",
        "because": waiting.origin,
        "known_until": since.isoformat(),
        "journal": {
            "folder": str(journal.folder()),
            "reaches_back_to": journal.reaches_back_to(),
            "tells": journal.preview(since - incarnations.MARGIN, folders),
        },
        "held": {
            name: [_item(item) for item in items]
            for name, items in held_work.held(waiting, SYSTEM, folders).items()
            if items
        },
    }
    say(json.dumps(answer, indent=2))
    raise SystemExit(3)


def _item(item: Any) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.label,
        "due": item.due.isoformat(),
        "sent": item.done,
        "sent_since": item.already,
        "waiting": item.waiting,
        "state": "half done" if item.is_half_done else "past due" if item.is_past_due else "to come",
    }


@sending.command("resume")
@data_option
@_journal
@click.option(
    "--half-done", type=_CHOICES, required=True, help="Sends that went to a part of their recipients."
)
@click.option("--past-due", type=_CHOICES, required=True, help="Sends that should have begun and did not.")
@click.option("--skip", "skipped", multiple=True, help="The id of one to skip; may be given several times.")
def resume(
    data: str | None, folders: tuple[Path, ...], half_done: str, past_due: str, skipped: tuple[str, ...]
) -> None:
    """Let sending go on with these data, after reading the journal back; what is skipped never goes out."""
    compatible(data)
    from rapport.config.commands import ACTOR, guarded
    from rapport.core.access import system
    from rapport.core.clock import SYSTEM
    from rapport.core.services import held_work, incarnations

    waiting = incarnations.waiting()
    if waiting is None:
        raise click.ClickException("Nothing waits: sending goes on already.")
    wanted = {True: half_done, False: past_due}
    skip = {
        name: [
            item.id
            for item in items
            if item.id in skipped
            or ((item.is_half_done or item.is_past_due) and wanted[item.is_half_done] == "skip")
        ]
        for name, items in held_work.held(waiting, SYSTEM, folders).items()
    }
    counts = guarded(lambda: held_work.decide(actor=system(ACTOR), skip=skip, folders=folders))
    say(json.dumps({"read_back": counts, "skipped": {name: len(ids) for name, ids in skip.items()}}))


@sending.command("silence")
@data_option
def silence(data: str | None) -> None:
    """Say that these data are a copy that is to send nothing."""
    compatible(data)
    from rapport.config.commands import ACTOR, guarded
    from rapport.core.access import system
    from rapport.core.services import held_work

    guarded(lambda: held_work.keep_silent(actor=system(ACTOR)))
    note("This copy keeps silent until `rapport sending resume`.")
