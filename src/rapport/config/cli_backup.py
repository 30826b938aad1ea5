"""`rapport backup` and `rapport restore`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from rapport.config import instance
from rapport.config.cli_tools import data_option, note, say

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_passphrase = click.option("--passphrase-file", type=_FILE, help="A file whose first line is the passphrase.")


class Bar:
    """A bar on standard error: what is being done, how far it is, how long it will take."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(
            console=Console(file=sys.stderr), transient=True, disable=not sys.stderr.isatty()
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._progress.stop()

    def total(self, size: int) -> None:
        self._progress.reset(self._task, total=max(1, size))

    def step(self, label: str, size: int) -> None:
        self._progress.update(self._task, description=label[:32].ljust(32), advance=size)


def _line(path: Path | None) -> str:
    """The passphrase in the first line. An empty one must not pass as none: the backup would not be encrypted."""
    if path is None:
        return ""
    with path.open(errors="surrogateescape") as file:
        line = file.readline().rstrip("\r\n")
    if not line.strip():
        raise click.ClickException(f"The first line of {path} is empty: write the passphrase there.")
    return line


def _identities(path: Path | None) -> tuple[str, ...]:
    lines = path.read_text(errors="replace").splitlines() if path else []
    keys = tuple(line.strip() for line in lines if line.startswith("AGE-"))
    if path and not keys:
        raise click.ClickException(
            f"{path} holds no age secret key, which is a line that begins with AGE-SECRET-KEY-."
        )
    return keys


@click.command()
@data_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_passphrase
@click.option("--recipient", "recipients", multiple=True, help="An age public key (age1…) that may open it.")
def backup(data: str | None, file: Path, passphrase_file: Path | None, recipients: tuple[str, ...]) -> None:
    """Write everything there is to one verified file, beside a running server or without one."""
    folder = instance.choose(data)
    from rapport.config.backup import running
    from rapport.config.backup.options import Key

    if not file.parent.is_dir():
        raise click.ClickException(f"There is no folder {file.parent}.")
    key = Key(_line(passphrase_file), recipients)
    with _said(), running.engines(folder, note):
        from rapport.config.cli_tools import compatible

        compatible(str(folder))
        from rapport.config.backup import making

        with Bar() as bar:
            done = making.make(file, key, bar)
    if not done["encrypted"]:
        note(
            "The file holds the keys of the installation and is not encrypted: keep it where only you can read it."
        )
    say(json.dumps({"file": str(file)} | done, indent=2))


@click.command()
@data_option
@click.argument("file", type=_FILE)
@_passphrase
@click.option("--identity", type=_FILE, help="A file with the age secret key it was encrypted to.")
@click.option("--check", is_flag=True, help="Only read it all and compare the checksums.")
def restore(
    data: str | None, file: Path, passphrase_file: Path | None, identity: Path | None, check: bool
) -> None:
    """Bring a backup back into a new data folder, or empty databases of your own."""
    from rapport.config import env
    from rapport.config.backup import restoring
    from rapport.config.backup.options import Key, summary

    key = Key(_line(passphrase_file), identities=_identities(identity))
    folder = Path(data).expanduser().resolve() if data else env.data_folder()
    with _said(), Bar() as bar:
        if check:
            answer: dict[str, Any] = summary(restoring.check(file, key, bar)) | {"verified": True}
        else:
            answer = restoring.restore(file, folder, key, bar, note)
    if not check:
        note(f"Start it with `rapport serve --data {folder}`; sending waits: see `rapport sending status`.")
    say(json.dumps({"file": str(file)} | answer, indent=2))


class _said:  # noqa: N801 - used like a function
    """What can go wrong, in one line."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        from rapport.config import compatibility, env
        from rapport.config.backup import archive, restoring, running, sealing

        expected = (
            archive.Damaged,
            sealing.Locked,
            restoring.Occupied,
            running.Busy,
            compatibility.Incompatible,
            env.Misconfigured,
            OSError,
        )
        if isinstance(error, expected):
            raise click.ClickException(str(error)) from error
