"""Commands about people: bringing them in, writing them out, searching for duplicates."""

from __future__ import annotations

from pathlib import Path

import click

from rapport.config import transfer_options
from rapport.config.cli_tools import data_option, django, note, say


@click.command("import")
@data_option
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A JSON mapping."
)
@transfer_options.rules
@click.option("--check", is_flag=True, help="Only show what would change.")
@click.option("--resume", default="", help="Go on with the import of this id.")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Write rows left out here.")
def import_(
    data: str | None,
    file: Path | None,
    mapping: Path | None,
    check: bool,
    resume: str,
    errors: Path | None,
    **rules: str,
) -> None:
    """Bring people in from a file: CSV, XLSX, Parquet or vCard. Ends when it is done, with status 1 if it failed."""
    django(data)
    from rapport.config import transfers

    transfers.bring_or_resume(file, resume, errors=errors, mapping=mapping, rules=rules, check=check, say=say)


@click.command("export")
@data_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format", "format_", default="csv", show_default=True, help="csv, xlsx, parquet, vcard or jsonl."
)
@transfer_options.who
def export(data: str | None, file: Path, format_: str, **who: str) -> None:
    """Write people to a file."""
    django(data)
    from rapport.config.transfers import take

    note(f"exported {take(file, format=format_, **who)} people to {file}")


@click.command()
@data_option
@click.option("--kind", default="person", show_default=True, type=click.Choice(["person", "company"]))
@click.option("--changed", is_flag=True, help="Compare only what changed since the last search.")
def duplicates(data: str | None, kind: str, changed: bool) -> None:
    """Ask for a search for duplicates; the worker carries it out."""
    django(data)
    from rapport.config import commands

    say(commands.guarded(lambda: commands.search_duplicates(kind=kind, full=not changed)))
