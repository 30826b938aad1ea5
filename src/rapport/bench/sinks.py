"""A running `rapport.bench.sink`."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from typing import Any

from rapport.core.engines.supervisor import free_port


class Sink:
    """The sink process, its address, and what it counted."""

    def __init__(self) -> None:
        self._port, self._counts = free_port(), free_port()
        arguments = [sys.executable, "-m", "rapport.bench.sink", str(self._port), str(self._counts)]
        self._process = subprocess.Popen(arguments)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._port}"

    def counts(self) -> dict[str, Any]:
        """Taken since last asked; see `rapport.bench.sink`."""
        for _ in range(100):
            try:
                with socket.create_connection(("127.0.0.1", self._counts), 5) as link:
                    return dict(json.loads(link.makefile().read()))
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("the sink does not answer")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
