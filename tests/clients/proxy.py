"""A network that fails on request: stands between a client and Rapport and writes down what the client sent.

What a client is told of Rapport's address is the proxy's, so that it comes here for everything.
"""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}


@dataclass(slots=True)
class Request:
    """One request as it came over the wire; `status` is what the client was told, 0 when nothing."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    at: float
    status: int = 0

    @property
    def body(self) -> dict[str, Any]:
        raw = gzip.decompress(self.raw) if self.raw[:2] == b"\x1f\x8b" else self.raw
        return json.loads(raw or b"{}")

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self.body.get("batch") or [self.body]

    @property
    def message_ids(self) -> set[str]:
        return {call["messageId"] for call in self.calls}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: Proxy

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _relay(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, raw, time.monotonic())
        fault = self.owner.take(request)
        if fault in {"500", "429"}:
            self._tell(request, int(fault), [("Retry-After", "1")] if fault == "429" else [], b"{}")
            return
        status, answered, body = self.owner.forward(request)
        if fault == "dropped":
            # Rapport has stored it, and the client never hears so.
            self.close_connection = True
            return
        self._tell(request, status, answered, body)

    def _tell(self, request: Request, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        request.status = status
        self.send_response(status)
        names = {name.lower() for name, _ in headers}
        if "origin" in request.headers and "access-control-allow-origin" not in names:
            headers = [*headers, ("Access-Control-Allow-Origin", request.headers["origin"])]
            headers.append(("Access-Control-Expose-Headers", "retry-after"))
        for name, value in headers:
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_OPTIONS = _relay


class Proxy:
    """`faults` (of "500", "429", "dropped") befall the next POST requests, one each; `seen` is every request."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.faults: list[str] = []
        self.seen: list[Request] = []
        self._lock = threading.Lock()

    def take(self, request: Request) -> str:
        with self._lock:
            self.seen.append(request)
            return self.faults.pop(0) if request.method == "POST" and self.faults else ""

    def forward(self, request: Request) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self._upstream, timeout=30)
        headers = {name: value for name, value in request.headers.items() if name not in HOP}
        connection.request(request.method, request.path, request.raw, headers)
        answer = connection.getresponse()
        body = answer.read().replace(self._upstream.encode(), urlsplit(self.url).netloc.encode())
        result = answer.status, answer.getheaders(), body
        connection.close()
        return result

    @property
    def posts(self) -> list[Request]:
        return [request for request in self.seen if request.method == "POST"]

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
