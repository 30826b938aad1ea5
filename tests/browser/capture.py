"""A website with the tracker on it and a journal of what the tracker sends: two servers, two origins."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rapport.events.services import scripts

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>{head}</head>
<body><h1>{title}</h1><a id="link" href="/other">Other page</a>
<form id="form" action="/other"><button>Go</button></form>
</body></html>"""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: CaptureServer

    def log_message(self, format: str, *args: object) -> None:  # the journal is enough
        pass

    def do_GET(self) -> None:
        if (path := self.path.partition("?")[0]) in self.owner.files:
            self._answer(200, self.owner.files[path], "text/javascript; charset=utf-8")
        elif self.path == "/rapport.js":
            self._answer(200, scripts.tracker("identity").body, "text/javascript; charset=utf-8")
        else:
            body = PAGE.format(title=f"Page {self.path}", head=self.owner.head)
            self._answer(200, body.encode(), "text/html; charset=utf-8", self.owner.page_headers)

    def do_OPTIONS(self) -> None:
        self.owner.preflights += 1
        self._answer(204, b"", "text/plain")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers = self.owner.take(self.path, dict(self.headers), body)
        self._answer(status, b"{}", "application/json", headers)

    def _answer(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        for name, value in (
            {"Content-Type": kind, "Content-Length": str(len(body))} | cors | (headers or {})
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class CaptureServer:
    """`site` serves pages with `head` in them, `host` takes events; `answers` are used up first, then 200."""

    def __init__(self) -> None:
        handler = type("Handler", (_Handler,), {"owner": self})
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
        self.site, self.host = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)
        self.head = self.tag()
        self.files: dict[str, bytes] = {}
        self.page_headers: dict[str, str] = {}
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.requests: list[dict[str, Any]] = []
        self.preflights = 0
        self.delay = 0.0
        self._lock = threading.Lock()

    def tag(self, key: str = "wk_test", **attributes: str) -> str:
        """The script element of the tracker with its `data-*` attributes."""
        values = {"write-key": key, "host": self.host, "auto-page": "off"} | {
            name.replace("_", "-"): value for name, value in attributes.items()
        }
        data = " ".join(f'data-{name}="{value}"' for name, value in values.items())
        return f'<script src="{self.host}/rapport.js" {data} defer></script>'

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Journals one request and decides its answer."""
        with self._lock:
            answer = self.answers.pop(0) if self.answers else (200, {})
            entry = {"path": path, "headers": headers, "at": time.monotonic(), "status": answer[0]}
            self.requests.append(entry | {"body": json.loads(body), "size": len(body)})
        time.sleep(self.delay)
        return answer

    @property
    def kept(self) -> list[dict[str, Any]]:
        """What was taken, in order of arrival, each message id once, as the product keeps it."""
        with self._lock:
            taken = [
                event
                for request in self.requests
                if request["status"] == 200
                for event in request["body"]["batch"]
            ]
        return list({event["messageId"]: event for event in reversed(taken)}.values())[::-1]

    def names(self) -> list[str]:
        """What was kept, by event name or type."""
        return [event.get("event") or event["type"] for event in self.kept]

    def wait(self, condition: Callable[[], Any], seconds: float = 10.0) -> Any:
        """The condition's value as soon as it is true; fails with the journal when it does not come true."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if value := condition():
                return value
            time.sleep(0.02)
        raise AssertionError(f"not within {seconds} s; kept {self.names()} of {len(self.requests)} requests")

    def __enter__(self) -> CaptureServer:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
