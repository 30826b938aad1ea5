"""A push service (RFC 8030) that reads what it gets: decrypts it (RFC 8291) and checks who sends (RFC 8292)."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.channels.push import vapid


class Subscription:
    """A browser's half: keys of its own and an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = bytes(range(16))

    def as_json(self) -> dict[str, Any]:
        public = vapid.encoded(vapid.point(self.key.public_key()))
        return {"endpoint": self.endpoint, "keys": {"p256dh": public, "auth": vapid.encoded(self.auth)}}

    def decrypt(self, body: bytes) -> dict[str, Any]:
        return json.loads(
            http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        )


class PushService:
    """`answers` are used up first: (status, headers, body); then 201."""

    def __init__(self) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None: ...

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, text = owner.take(self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(text))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.subscriptions: dict[str, Subscription] = {}
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.received: list[dict[str, Any]] = []
        self.server_key = ""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def subscribe(self, name: str) -> Subscription:
        """A browser subscribes: only messages signed with `server_key` are taken."""
        subscription = self.subscriptions[f"/{name}"] = Subscription(f"{self.url}/{name}")
        return subscription

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if path in self.answers:
            return self.answers[path]
        if not self._is_signed(headers.get("Authorization", "")):
            return 403, {}, b"invalid JWT"
        if len(body) > 4096:
            return 413, {}, b"too large"
        if headers.get("Content-Encoding") != "aes128gcm" or "TTL" not in headers:
            return 400, {}, b"malformed"
        shown = self.subscriptions[path].decrypt(body)
        self.received.append({"path": path, "headers": headers, "shown": shown, "size": len(body)})
        return 201, {"Location": f"{self.url}/m/{len(self.received)}"}, b""

    def _is_signed(self, authorization: str) -> bool:
        scheme, _, rest = authorization.partition(" ")
        fields = dict(part.strip().split("=", 1) for part in rest.split(","))
        if scheme != "vapid" or fields["k"] != self.server_key:
            return False
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), vapid.decoded(fields["k"]))
        claims = jwt.decode(
            fields["t"], key, algorithms=["ES256"], audience=self.url, options={"verify_exp": False}
        )
        return claims["sub"].startswith("mailto:")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
