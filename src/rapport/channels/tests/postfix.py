"""A real Postfix in a folder of its own, started by the tests and without system services."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from rapport.core.engines.supervisor import free_port

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.shop.example
mydestination =
mynetworks =
local_transport = error:no local mail
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
virtual_mailbox_domains = customers.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/recipients
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/access
smtpd_client_connection_count_limit = 0
smtpd_soft_error_limit = 100
smtpd_hard_error_limit = 200
smtputf8_enable = yes
smtputf8_autodetect_classes = all
message_size_limit = 100000
"""
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Takes mail for u0…u9@customers.example; later@ is put off, and 100,000 bytes are too many."""

    def __init__(self) -> None:
        if shutil.which("postfix", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])) is None:
            pytest.fail("postfix is missing: apt-get install postfix (bin/mailservers does)")
        if os.getuid() != 0:
            pytest.skip("Postfix is only started by root")
        self.folder = Path(tempfile.mkdtemp(prefix="rapport-postfix-"))
        self.port = free_port()
        owner = pwd.getpwnam("postfix")
        for name in ("spool", "data", "mail", "conf"):
            (self.folder / name).mkdir()
        for name in ("data", "mail"):
            os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o755)
        values = {"folder": self.folder, "port": self.port, "uid": owner.pw_uid, "gid": owner.pw_gid}
        (self.folder / "conf/main.cf").write_text(MAIN.format(**values))
        (self.folder / "conf/master.cf").write_text(SERVICES.format(**values))
        boxes = "".join(f"u{n}@customers.example u{n}/\n" for n in range(10))
        (self.folder / "recipients").write_text(boxes + "jürgen@customers.example juergen/\n")
        (self.folder / "access").write_text("later@customers.example 451 4.7.1 Come back later\n")

    def start(self) -> Postfix:
        self._command("start")
        return self

    def stop(self) -> None:
        self._command("stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?timeout=20&final=20"

    def mails(self, count: int, box: str = "u*") -> list[bytes]:
        """What lies in the mailboxes, once the log tells that so many were delivered there."""
        address = re.compile(f"to=<{box.replace('*', '[0-9]')}@customers.example>.* status=sent")
        with subprocess.Popen(
            ["tail", "-n", "+1", "-F", str(self.folder / "postfix.log")], stdout=subprocess.PIPE, text=True
        ) as log:
            assert log.stdout is not None
            delivered = (line for line in log.stdout if address.search(line))
            for _ in range(count):
                next(delivered)
            log.terminate()
        folder = box if box.isascii() else "juergen"
        return [path.read_bytes() for path in self.folder.glob(f"mail/{folder}/new/*")]

    def _command(self, name: str) -> None:
        done = subprocess.run(
            ["/usr/sbin/postfix", "-c", str(self.folder / "conf"), name], capture_output=True, check=False
        )
        assert name == "stop" or done.returncode == 0, done.stderr.decode() + self.log()

    def log(self) -> str:
        path = self.folder / "postfix.log"
        return path.read_text() if path.exists() else ""
