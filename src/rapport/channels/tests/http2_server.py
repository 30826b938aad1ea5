"""A server that speaks HTTP/2 over TLS, as push services do: it keeps what it gets and answers as it is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import socket
import ssl
import tempfile
import threading
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypercorn.asyncio import serve
from hypercorn.config import Config


def pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def certificate(key: Any) -> bytes:
    """A certificate for 127.0.0.1 that signs itself."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(days=1)
    )
    signed = builder.add_extension(place, critical=False).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


class Http2Server:
    """`answers`: {path: (status, headers, body)}; 404 for others. `trust` believes its certificate."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], Any]] = {}
        self.received: list[dict[str, Any]] = []
        self._folder = tempfile.TemporaryDirectory()
        key = ec.generate_private_key(ec.SECP256R1())
        folder = Path(self._folder.name)
        (folder / "key.pem").write_text(pem(key))
        (folder / "cert.pem").write_bytes(certificate(key))
        self.trust = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        config = Config()
        config.bind = [f"fd://{listening.detach()}"]
        config.certfile, config.keyfile = str(folder / "cert.pem"), str(folder / "key.pem")
        config.loglevel, config.accesslog, config.errorlog = "CRITICAL", None, None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(config,), daemon=True)
        self._thread.start()

    def _run(self, config: Config) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(serve(self._application, config, shutdown_trigger=self._stop.wait))

    async def _application(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append(
            {"path": scope["path"], "version": scope["http_version"], "headers": headers, "body": body}
        )
        status, given, content = self.answers.get(scope["path"], (404, {}, {}))
        fields = [(name.encode(), value.encode()) for name, value in given.items()]
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})

    def paths(self) -> list[str]:
        return [request["path"] for request in self.received]

    def reset(self) -> None:
        self.answers.clear()
        self.received.clear()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        self._folder.cleanup()
