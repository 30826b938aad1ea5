"""Providers' HTTP APIs as local servers: they check who asks and what, keep it, and fail when they are told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answering = Callable[[Request], "tuple[int, Any] | None"]
"""(status, JSON); None hangs up without a word."""


@dataclass
class Provider:
    """`answer` is asked for each request that has no `fault` in store; a fault is an answer, or a way of failing."""

    answer: Answering
    taken: list[Request] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                size = int(self.headers.get("content-length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                provider._serve(self, Request(self.command, self.path, headers, self.rfile.read(size)))

            do_GET = do_POST = handle_one

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        fault = self.faults.pop(0) if self.faults else None
        if fault == "silent":
            self.released.wait(30)
            handler.close_connection = True
            return
        answer = fault if fault is not None and fault != "cut" else self.answer(request)
        if answer is not None and fault is None:
            self.taken.append(request)
        if fault == "cut" or answer is None:
            handler.close_connection = True
            return
        status, content, *headers = answer
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        for name, value in headers[0].items() if headers else ():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def path_of(request: Request) -> str:
    return urlsplit(request.path).path
