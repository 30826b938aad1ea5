"""One folder of an IMAP account (RFC 9051, 3501): what is new in it, in bounded pieces, and IDLE (RFC 2177)."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

TIMEOUT = 30.0
# So much of a mail is fetched, for its files; the reader of reports needs less.
LIMIT = (14 << 20) + 1


_EXPLAINED = (
    (
        LoginError,
        gettext_lazy(
            "%(host)s refused the user name or the password: %(error)s Enter them again; many providers want a"
            " password made for this program (“app password”)."
        ),
    ),
    (
        ssl.SSLCertVerificationError,
        gettext_lazy(
            "The certificate of %(host)s is not valid: %(error)s Enter the name that the certificate is for, or"
            " have it renewed."
        ),
    ),
    (
        ssl.SSLError,
        gettext_lazy("%(host)s does not speak TLS on port %(port)s: %(error)s Check port and encryption."),
    ),
    (socket.gaierror, gettext_lazy("There is no server of the name %(host)s. Check the name.")),
    (
        TimeoutError,
        gettext_lazy(
            "%(host)s did not answer on port %(port)s in time. Check host, port and firewall; it is tried again."
        ),
    ),
    (
        ConnectionRefusedError,
        gettext_lazy("%(host)s takes no connections on port %(port)s. Check host and port."),
    ),
)


class Unreadable(Exception):
    """The mailbox cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where mail lies. `security` is tls, starttls or none."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The beginning of one mail, its whole `size`, and when the server took it."""

    uid: int
    raw: bytes
    size: int
    received_at: dt.datetime | None


class Folder:
    """An open folder. Every method raises Unreadable."""

    def __init__(self, place: Place, *, timeout: float = TIMEOUT) -> None:
        self._idling = False
        with _words(place):
            self._client = _connected(place, timeout)
        try:
            with _words(place):
                _sign_in(self._client, place)
                state = self._client.select_folder(place.folder)
                self.uid_validity = int(state[b"UIDVALIDITY"])
                self.count = int(state[b"EXISTS"])
                self.can_wait = bool(self._client.has_capability("IDLE"))
                self._can_move = bool(self._client.has_capability("MOVE"))
        except Unreadable:
            self.close()
            raise
        self._place = place

    def uids_after(self, uid: int) -> list[int]:
        """Of the mails that came later, in order."""
        with _words(self._place):
            answer = self._client.search(["UID", f"{uid + 1}:*"])
        return sorted(number for number in answer if number > uid)

    def fetch(self, uid: int) -> Fetched | None:
        """The mail without marking it as read; None when it is gone."""
        with _words(self._place):
            answer = self._client.fetch([uid], [f"BODY.PEEK[]<0.{LIMIT}>", "RFC822.SIZE", "INTERNALDATE"])
        fields: dict[bytes, Any] = answer.get(uid, {})
        raw = next((value for name, value in fields.items() if name.startswith(b"BODY[]")), None)
        if raw is None:
            return None
        received = fields.get(b"INTERNALDATE")
        at = received.astimezone(dt.UTC) if isinstance(received, dt.datetime) else None
        return Fetched(uid, bytes(raw), int(fields.get(b"RFC822.SIZE", len(raw))), at)

    def mark_seen(self, uids: Sequence[int]) -> None:
        with _words(self._place):
            self._client.add_flags(list(uids), [b"\\Seen"], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Makes the folder when there is none."""
        with _words(self._place):
            if not self._client.folder_exists(folder):
                self._client.create_folder(folder)
            if self._can_move:
                self._client.move(list(uids), folder)
                return
            self._client.copy(list(uids), folder)
            self._client.add_flags(list(uids), [b"\\Deleted"], silent=True)
            if self._client.has_capability("UIDPLUS"):  # else everything deleted in the folder would go
                self._client.uid_expunge(list(uids))

    def has_news(self, seconds: float = 0.0) -> bool:
        """Whether something changed since the last look; waits so long for it. Costs no command while it idles."""
        with _words(self._place):
            if not self.can_wait:
                return any(line[1:2] == (b"EXISTS",) for line in self._client.noop()[1])
            if not self._idling:
                self._client.idle()
                self._idling = True
            return any(len(line) > 1 and line[1] == b"EXISTS" for line in self._client.idle_check(seconds))

    def stop_waiting(self) -> None:
        if self._idling:
            self._idling = False
            with _words(self._place):
                self._client.idle_done()

    def close(self) -> None:
        """Never raises."""
        with suppress(Exception):
            self._client.shutdown()


def _sign_in(client: IMAPClient, place: Place) -> None:
    if not place.token:
        client.login(place.username, place.password)
    elif client.has_capability("AUTH=XOAUTH2") or not client.has_capability("AUTH=OAUTHBEARER"):
        client.oauth2_login(place.username, place.token)
    else:
        client.oauthbearer_login(place.username, place.token)


def _connected(place: Place, timeout: float) -> IMAPClient:
    context = ssl.create_default_context()
    if place.security == "tls":
        return IMAPClient(place.host, port=place.port, ssl=True, ssl_context=context, timeout=timeout)
    client = IMAPClient(place.host, port=place.port, ssl=False, timeout=timeout)
    if place.security == "starttls":
        client.starttls(context)
    return client


@contextmanager
def _words(place: Place) -> Iterator[None]:
    """Turns what a connection fails with into words for people."""
    try:
        yield
    except Exception as error:
        raise Unreadable(_explained(error, place)) from error


def _explained(error: Exception, place: Place) -> str:
    values = {
        "host": place.host,
        "port": place.port,
        "folder": place.folder,
        "error": _shortened(error, place),
    }
    if isinstance(error, IMAPClientError) and "select failed" in str(error).lower():
        return _("The folder %(folder)s cannot be opened: %(error)s Check its name.") % values
    if place.token and isinstance(error, LoginError):
        return (
            _(
                "%(host)s refused the access token: %(error)s Check the user name, and that the program may read mail."
            )
            % values
        )
    for kind, words in _EXPLAINED:
        if isinstance(error, kind):
            return str(words) % values
    return _("The connection to %(host)s failed: %(error)s It is tried again.") % values


def _shortened(error: Exception, place: Place) -> str:
    given = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
    text = given.decode("utf-8", "replace") if isinstance(given, bytes) else given
    text = text.removeprefix("b'").rstrip("'")
    for secret in filter(None, (place.password, place.token)):
        text = text.replace(secret, "…")
    return text[:300].strip().rstrip(".") + "."
