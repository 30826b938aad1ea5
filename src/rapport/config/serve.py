"""`rapport serve` and `rapport demo`: engines, web and worker under one supervisor, in the foreground."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from rapport.config import compatibility, databases, env, instance
from rapport.config.processes import PROCESS_PARTS
from rapport.core.engines import ownership, paths, supervisor

Say = Callable[[str], None]


@dataclass(slots=True)
class Options:
    """What the command line asked for."""

    data: Path
    host: str
    port: int
    clickhouse_port: int = 0
    command: str = "serve"
    environment: dict[str, str] = field(default_factory=dict)
    # Run once everything is up, with the address; its exit status, if not 0, ends the command.
    after_start: list[str] = field(default_factory=list)


class Failed(Exception):
    """The server could not be started; the message says why and what to do."""


def run(options: Options, say: Say) -> None:
    """Starts everything, says `ready http://…`, and stays until it is told to stop. Raises Failed."""
    began = time.monotonic()
    owner = _own(options)
    url = f"http://{options.host if options.host not in {'0.0.0.0', '::'} else '127.0.0.1'}:{options.port}"
    for name, value in options.environment.items():
        env.put(name, value)
    if not env.text("RAPPORT_PUBLIC_URL"):
        env.put("RAPPORT_PUBLIC_URL", url)
    running = databases.supervised(options.data, options.clickhouse_port)
    supervisor.stop_on_signals(running)
    try:
        _start(running, options, url, owner, say)
        if options.after_start and not running.stopping.is_set():
            _run_child([*options.after_start, "--url", url], running)
        if not running.stopping.is_set():
            say(f"ready {url}  (in {time.monotonic() - began:.0f} s; stop with Ctrl-C)")
        running.run()
    except RuntimeError as error:
        raise Failed(str(error)) from error
    finally:
        say("stopping")
        running.stop()
        owner.release()


def _own(options: Options) -> ownership.Ownership:
    try:
        compatibility.mark_folder(options.data)
        owner = ownership.acquire(options.data)
    except (compatibility.Incompatible, ownership.AlreadyOwned) as error:
        raise Failed(str(error)) from error
    with socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            owner.release()
            raise Failed(
                f"Port {options.port} of {options.host} cannot be used ({error.strerror}). Choose another with --port."
            ) from error
        options.port = probe.getsockname()[1]
    return owner


def _start(
    running: supervisor.Supervisor, options: Options, url: str, owner: ownership.Ownership, say: Say
) -> None:
    owner.describe(command=f"rapport {options.command}", url=url)
    instance.remember(options.data)
    running.start_engines(say)
    say("preparing the database")
    _run_child(command("migrate"), running)
    say("starting web and worker")
    web = supervisor.Service("web", command("web", "--host", options.host, "--port", str(options.port)))
    running.start_service(web)
    for part in PROCESS_PARTS:
        running.start_service(supervisor.Service(part, command("worker", "--part", part)))
    running.write_state()
    try:
        supervisor.wait_for_http(f"{url}/readyz", web.process)
    except RuntimeError as error:
        from rapport.core.engines.children import last_lines

        raise Failed(f"{error}. {last_lines(paths.logs(options.data) / 'web.log')}") from error


def command(*arguments: str) -> list[str]:
    """This very program with other arguments, whatever the PATH."""
    return [sys.executable, "-m", "rapport.config.cli", *arguments]


def _run_child(arguments: list[str], running: supervisor.Supervisor) -> None:
    """Runs a step to its end while signals stay answered. Raises Failed."""
    child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, start_new_session=True)
    while child.poll() is None:
        if running.stopping.wait(0.05):
            child.terminate()
            child.wait(20)
            return
    if child.returncode:
        raise Failed(
            f"'{' '.join(arguments[3:])}' failed with status {child.returncode}; see the messages above."
        )
