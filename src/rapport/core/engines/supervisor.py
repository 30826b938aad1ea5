"""Starts the engines and Rapport's own processes, restarts what falls over, stops everything cleanly."""

from __future__ import annotations

import json
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from rapport.core.engines import children, paths
from rapport.core.engines.postgres import Postgres

log = logging.getLogger("rapport.supervisor")
SERVER = "rapport.core.engines.clickhouse_server"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ClickHouse:
    """The embedded ClickHouse: one process that owns the chDB folder.

    `configuration` is the path of a ClickHouse configuration file (clusters, macros), if there is one.
    """

    def __init__(self, data: Path, password: str, port: int = 0, configuration: str = "") -> None:
        self.data, self.password, self.port = data, password, port or free_port()
        self.configuration = configuration
        self.log = paths.logs(data) / "clickhouse.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = paths.clickhouse_data(self.data)
        folder.mkdir(parents=True, exist_ok=True)
        self.process = children.start(
            [sys.executable, "-m", SERVER, str(folder), str(self.port), self.configuration],
            log=self.log,
            env={"RAPPORT_ENGINE_PASSWORD": self.password},
        )
        try:
            children.wait_until(self.answers, self.process, timeout=120, what="ClickHouse")
        except RuntimeError as error:
            raise RuntimeError(f"{error}. {children.last_lines(self.log)}") from error
        paths.write_whole(paths.clickhouse_address(self.data), json.dumps({"port": self.port}))

    def stop(self) -> None:
        if self.process:
            children.stop(self.process, patience=30)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                link.sendall(b"GET /ping HTTP/1.0\r\n\r\n")
                return b"200" in link.recv(64)
        except OSError:
            return False


@dataclass(slots=True)
class Service:
    """One of Rapport's own processes: web, worker."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, data: Path) -> None:
        self.process = children.start(self.command, log=paths.logs(data) / f"{self.name}.log", env=self.env)

    def stop(self) -> None:
        if self.process:
            children.stop(self.process)


def _name(part: Postgres | ClickHouse | Service) -> str:
    return part.name if isinstance(part, Service) else type(part).__name__


class Supervisor:
    """Runs engines first, services on top, until `stop`."""

    def __init__(self, data: Path, engines: Sequence[Postgres | ClickHouse]) -> None:
        self.data, self.engines = data, engines
        self.services: list[Service] = []
        self.stopping = threading.Event()

    def start_engines(self, say: Callable[[str], None] = lambda _: None) -> None:
        for engine in self.engines:
            say(f"starting {type(engine).__name__}")
            engine.start()

    def start_service(self, service: Service) -> None:
        self.services.append(service)
        service.start(self.data)

    def pids(self) -> dict[str, int]:
        """Process ids by name, for `rapport doctor` and for tests that kill them."""
        processes: list[Postgres | ClickHouse | Service] = [*self.engines, *self.services]
        pids = {}
        for process in processes:
            if process.process and process.process.poll() is None:
                pids[_name(process).lower()] = process.process.pid
        return pids

    def run(self) -> None:
        """Watches the children until `stopping` is set; a fallen one is started again, with growing pauses."""
        pauses = children.Pauses()
        while not self.stopping.wait(0.2):
            for part in [*self.engines, *self.services]:
                if part.process is None or part.process.poll() is None or not pauses.over(id(part)):
                    continue
                log.warning("%s ended with status %s", _name(part), part.process.returncode)
                log.warning("starting %s again", _name(part))
                self._restart(part)
                self.write_state()

    def _restart(self, part: Postgres | ClickHouse | Service) -> None:
        # A database that gives up while it starts (a full disk, say) is no reason to end everything else.
        try:
            if isinstance(part, Service):
                part.start(self.data)
            else:
                part.start()
        except (RuntimeError, OSError, psycopg.Error, subprocess.SubprocessError):
            log.exception("could not start %s", _name(part))

    def write_state(self) -> None:
        try:
            paths.write_whole(self.data / "run" / "processes.json", json.dumps(self.pids()))
        except OSError:
            log.exception("could not note the processes")

    def stop(self) -> None:
        """Services first, all at once, then the engines under them."""
        self.stopping.set()
        stoppers = [threading.Thread(target=service.stop) for service in self.services]
        for thread in stoppers:
            thread.start()
        for thread in stoppers:
            thread.join()
        for engine in reversed(self.engines):
            engine.stop()


def stop_on_signals(supervisor: Supervisor) -> None:
    """SIGTERM and Ctrl-C end `supervisor.run`."""

    def handler(_signum: int, _frame: object) -> None:
        supervisor.stopping.set()

    signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGINT, handler)
    # A closed terminal must not take the server with it half-way.
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, handler)


def wait_for_http(url: str, process: subprocess.Popen[bytes] | None, timeout: float = 180) -> None:
    """Waits until `url` answers 200; raises RuntimeError."""
    import urllib.error
    import urllib.request

    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the web process ended with status {process.returncode} while starting")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer within {timeout:.0f} s")
