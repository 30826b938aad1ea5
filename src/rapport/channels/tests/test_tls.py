"""Encrypted connections: the certificate is checked, and then messages arrive whole."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.channels.email.transport import EmailChannel
from rapport.channels.protocol import Message, Result
from rapport.channels.tests.sink import Sink
from rapport.core.clock import SYSTEM
from rapport.core.engines.supervisor import free_port

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
NOW = SYSTEM.now()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - dt.timedelta(days=1))
        .not_valid_after(NOW + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["smtps", "smtp+starttls"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[str, Sink]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    sink = Sink()
    is_implicit = request.param == "smtps"

    def login(
        _server: SMTP, _session: object, _envelope: object, _mechanism: str, data: object
    ) -> AuthResult:
        good = (data.login, data.password) == (b"shop", b"p@ss word")
        return AuthResult(success=good)

    sink.controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=free_port(),
        ssl_context=context if is_implicit else None,
        tls_context=None if is_implicit else context,
        require_starttls=not is_implicit,
        authenticator=login,
        auth_require_tls=not is_implicit,
        auth_required=True,
    )
    sink.start()
    yield f"{request.param}://shop:p%40ss%20word@127.0.0.1:{sink.port}?timeout=2", sink
    sink.controller.stop()


def deliver(url: str) -> list[Result]:
    channel = EmailChannel(url, 2)
    payload = b"Subject: x\r\n\r\n" + b"line\r\n" * 100_000
    messages = [Message("shop@example.org", f"u{n}@example.org", payload) for n in range(4)]
    outcomes = channel.deliver(messages)
    channel.close()
    return [outcome.result for outcome in outcomes]


def test_large_messages_arrive_whole_over_tls(
    server: tuple[str, Sink], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url, sink = server
    assert deliver(url) == [Result.ACCEPTED] * 4
    assert sink.recipients == [f"u{n}@example.org" for n in range(4)]
    assert {len(content) for _to, content in sink.taken} == {len(b"Subject: x\r\n\r\n") + 600_000}


def test_a_certificate_that_nobody_vouches_for_gets_no_password(server: tuple[str, Sink]) -> None:
    url, sink = server
    assert deliver(url) == [Result.UNREACHABLE] * 4
    assert sink.taken == []


def test_a_wrong_password_is_unreachable(
    server: tuple[str, Sink], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert deliver(server[0].replace("p%40ss", "guess")) == [Result.UNREACHABLE] * 4
