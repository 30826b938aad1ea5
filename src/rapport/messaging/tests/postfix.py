"""A real Postfix in a folder of its own: takes mail, offers it to a server of the test, and reports what that refuses.

Its reports go into the mailbox of a Dovecot. Postfix runs as root only; then again it changes to users of its own.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from rapport.core.engines.supervisor import free_port
from rapport.messaging.tests.dovecot import greets, program

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{target}
virtual_mailbox_domains = shop.example
virtual_mailbox_base = {maildirs}
virtual_mailbox_maps = static:maildir/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
smtp_host_lookup = native
"""
MASTER = """
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Relays everything to `target`; mail to shop.example goes into the Maildir below `maildirs`."""

    def __init__(self, target: int, maildirs: Path) -> None:
        self._binary = program("postfix", "postfix")
        if os.geteuid() != 0:
            pytest.skip("Postfix starts as root only")
        self.folder = Path(tempfile.mkdtemp(prefix="rapport-postfix-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        for name in ("queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        owner = pwd.getpwnam("dovecot")
        values = {
            "folder": self.folder,
            "daemons": "/usr/lib/postfix/sbin",
            "target": target,
            "maildirs": maildirs,
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
        }
        (self.folder / "main.cf").write_text(MAIN.format(**values))
        (self.folder / "master.cf").write_text(MASTER.format(port=f"127.0.0.1:{self.port}"))

    def start(self) -> Postfix:
        self._run("start")
        if not greets(self.port):
            raise RuntimeError(self.log)
        return self

    def stop(self) -> None:
        self._run("abort")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, command: str) -> None:
        subprocess.run([self._binary, "-c", str(self.folder), command], check=False, capture_output=True)

    @property
    def log(self) -> str:
        return (self.folder / "mail.log").read_text() if (self.folder / "mail.log").exists() else ""
