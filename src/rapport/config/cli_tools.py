"""What every command of the command line uses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from rapport.config import instance


def say(message: str) -> None:
    click.echo(message)
    sys.stdout.flush()


def note(message: str) -> None:
    """To standard error, so that what a command answers stays alone on standard output."""
    click.echo(message, err=True)


def data_option(function: Any) -> Any:
    return click.option("--data", help="Data folder (default: RAPPORT_DATA, or ~/.local/share/rapport).")(
        function
    )


def django(data: str | None) -> Path:
    """Sets Django up for the data folder a command means."""
    folder = instance.choose(data)
    import django as django_package

    django_package.setup()
    return folder


def compatible(data: str | None) -> Path:
    """As `django`, and ends the command when the data are another version's."""
    from rapport.config import compatibility

    try:
        compatibility.check_folder(instance.choose(data))
        folder = django(data)
        compatibility.check_database()
    except compatibility.Incompatible as error:
        raise click.ClickException(str(error)) from error
    return folder
