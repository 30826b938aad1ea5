"""For tests of races: work on a connection of its own, and whether PostgreSQL lets it wait for a lock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


class Beside(threading.Thread):
    """Runs `work` on a connection of its own; `result` is what it gave, or the exception."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.work, self.pid = work, 0
        self.result: Any = None
        self.connected = threading.Event()
        self.start()

    def run(self) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self.pid = cursor.fetchone()[0]
            self.connected.set()
            self.result = self.work()
        except Exception as error:
            self.result = error
        finally:
            connection.close()

    def waits_for_a_lock(self) -> bool:
        """Returns once PostgreSQL says that it does (or that it has ended)."""
        assert self.connected.wait(30)
        while self.is_alive():
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self.pid])
                if cursor.fetchone()[0]:
                    return True
            self.join(0.01)
        return False

    def outcome(self) -> Any:
        self.join(60)
        assert not self.is_alive()
        return self.result
