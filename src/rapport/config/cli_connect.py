"""`rapport connect`: what is connected, connecting a system, and reading all of it."""

from __future__ import annotations

import json
import sys

import click

from rapport.config.cli_tools import compatible, data_option, note, say


@click.command()
@data_option
@click.argument("name", default="")
@click.option(
    "--set",
    "values",
    multiple=True,
    help="KEY=VALUE, a setting of the kind; VALUE - is read from a line of input.",
)
@click.option("--as", "called", default="", help="What to call it (default: as it calls itself).")
@click.option("--store", default="", help="What tells its orders and products from another shop's.")
@click.option("--no-read", is_flag=True, help="Only connect it; what changes from now on comes all the same.")
def connect(
    data: str | None, name: str, values: tuple[str, ...], called: str, store: str, no_read: bool
) -> None:
    """Connect a system of the kind NAME and read all of it; or go on reading the connector NAME.

    Without NAME, says as JSON what is connected, how it fares, and which kinds there are.
    """
    compatible(data)
    from rapport.config import connecting
    from rapport.config.commands import guarded

    if not name:
        say(json.dumps(connecting.listed(), indent=2, default=str))
        return
    given = dict(value.partition("=")[::2] for value in values)
    given = {key: sys.stdin.readline().rstrip("\n") if text == "-" else text for key, text in given.items()}
    row = guarded(lambda: connecting.named(name, given, called=called, store=store))
    note(f"connected {row.name}")
    if not no_read:
        say(json.dumps(guarded(lambda: connecting.read(row, note))))
