"""A real Dovecot (IMAP), in a folder of its own, started by the tests and without system services."""

from __future__ import annotations

import datetime as dt
import getpass
import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rapport.core.engines.supervisor import free_port

USER, PASSWORD = "shop", "pa{}ss %word\"'"
SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
default_internal_user = {internal}
default_internal_group = {internal}
default_login_user = {login}
protocols = imap
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 secs
listen = 127.0.0.1
disable_plaintext_auth = no
first_valid_uid = 1
mail_uid = {mail}
mail_gid = {mail}
mail_home = {folder}/mail
mail_location = maildir:{folder}/mail/maildir
mailbox_list_index = no
ssl = yes
ssl_cert = <{folder}/tls.pem
ssl_key = <{folder}/tls.key
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/passwd
}}
userdb {{
  driver = static
  args = uid={mail} gid={mail} home={folder}/mail
}}
"""


def program(name: str, package: str) -> str:
    """The path of a program. Fails the test when its package is missing."""
    path = shutil.which(name, path=SBIN)
    if path is None:
        pytest.fail(f"{name} is missing: apt-get install {package} (bin/mailservers does)")
    return path


def greets(port: int) -> bool:
    """Whether the server that was just started there greets before long."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as answer:
            if answer.recv(10):
                return True
    return False


def certificate(folder: Path) -> None:
    """A certificate for localhost, signed by itself, in tls.pem and tls.key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "tls.key").write_bytes(private)
    (folder / "tls.key").chmod(0o600)


class Dovecot:
    """One IMAP account on a server of its own."""

    def __init__(self) -> None:
        self.folder = folder = Path(tempfile.mkdtemp(prefix="rapport-dovecot-"))
        self.port, self.tls_port = free_port(), free_port()
        self.lmtp = folder / "run" / "lmtp"
        folder.chmod(0o755)
        certificate(folder)
        (folder / "dovecot.conf").write_text(self._configuration())
        (folder / "passwd").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        self._binary = program("dovecot", "dovecot-imapd")

    def _configuration(self) -> str:
        root = os.geteuid() == 0
        me = getpass.getuser()
        internal, login, mail = ("dovecot", "dovenull", "dovecot") if root else (me, me, me)
        if root:
            shutil.chown(self.folder, "dovecot", "dovecot")
        places = {"folder": self.folder, "port": self.port, "tls_port": self.tls_port}
        return CONFIGURATION.format(internal=internal, login=login, mail=mail, **places)

    def start(self) -> Dovecot:
        subprocess.run([self._binary, "-c", str(self.folder / "dovecot.conf")], check=True)
        if not greets(self.port):
            raise RuntimeError((self.folder / "dovecot.log").read_text())
        return self

    def stop(self) -> None:
        subprocess.run([self._binary, "-c", str(self.folder / "dovecot.conf"), "stop"], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self) -> imaplib.IMAP4:
        """Somebody else's client, to put mails in and look at them."""
        opened = imaplib.IMAP4("127.0.0.1", self.port)
        opened.login(USER, PASSWORD)
        return opened

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        opened = self.client()
        for mail in mails:
            state, answer = opened.append(folder, "", None, mail)
            assert state == "OK", answer
        opened.logout()

    def flags(self, folder: str = "INBOX") -> list[bool]:
        """Of each mail in the folder, whether it is marked as read."""
        opened = self.client()
        _state, (count,) = opened.select(folder, readonly=True)
        _state, lines = opened.fetch("1:*", "(FLAGS)") if int(count) else ("OK", [])
        opened.logout()
        return [b"\\Seen" in line for line in lines if isinstance(line, bytes)]

    def empty(self) -> None:
        """Deletes every mail and every other folder."""
        opened = self.client()
        _state, folders = opened.list()
        for line in folders:
            name = line.decode().rpartition(" ")[2].strip('"') if isinstance(line, bytes) else "INBOX"
            if name != "INBOX":
                opened.delete(name)
        _state, (count,) = opened.select("INBOX")
        if int(count):
            opened.store("1:*", "+FLAGS", "\\Deleted")
            opened.expunge()
        opened.logout()
