"""A push message as all push services get it, and what one of them says of one device."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from rapport.channels.protocol import Content, Message, Outcome, Result, Sender, Unfit
from rapport.channels.push.devices import Target
from rapport.channels.push.reports import report_url, signed
from rapport.core.services.outbound import Answer, Session

# RFC 8030 lets push services refuse more than 4096 bytes; encryption (RFC 8188, RFC 8291) takes 103 of them.
MAX_PAYLOAD = 4096 - 103
DEFAULT_TTL = 24 * 3600
MAX_TTL = 28 * 24 * 3600
URGENCIES = ("very-low", "low", "normal", "high")
MOST_HOSTS = 8
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class Note:
    """`topic` makes a newer message replace an older one; `token` is what devices report back with."""

    reference: str
    title: str
    body: str
    url: str
    image: str
    icon: str
    topic: str
    urgency: str
    ttl: int
    token: str

    def as_json(self) -> bytes:
        """What a browser gets; the largest form of all."""
        shown = {
            "title": self.title,
            "body": self.body,
            "url": self.url,
            "image": self.image,
            "icon": self.icon,
            "topic": self.topic,
            "token": self.token,
            "report": report_url() if self.token else "",
        }
        return json.dumps({k: v for k, v in shown.items() if v}, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a push service said of one device. `gone` is why it is none any more; `foreign` that it takes messages of
    somebody else's, which one device alone says of itself, and all together say of our settings.
    """

    outcome: Outcome
    gone: str = ""
    foreign: bool = False


class Service(Protocol):
    """One push service. `send` is called by several threads at once."""

    def send(self, target: Target, note: Note, now: dt.datetime) -> Verdict: ...


def composer(sender: Sender, _settings: Mapping[str, Any]) -> Any:
    """What makes the messages of one sender."""

    def compose(content: Content) -> Message:
        fields = {name: value.strip() for name, value in content.fields.items()}
        title = fields.get("title") or content.subject or sender.name
        body = fields.get("body") or content.text
        if not (title or body):
            raise Unfit("a push message needs a title or a text")
        note = Note(
            content.reference,
            title,
            body,
            _address(fields, "url"),
            _address(fields, "image"),
            _address(fields, "icon"),
            _topic(fields.get("topic", "")),
            fields.get("urgency") if fields.get("urgency") in URGENCIES else "normal",  # type: ignore[arg-type]
            _ttl(fields.get("ttl", "")),
            "" if content.test else signed(content.reference),
        )
        if (size := len(note.as_json())) > MAX_PAYLOAD:
            raise Unfit(f"the message has {size} bytes; push services take {MAX_PAYLOAD}")
        return Message(sender.name, content.address, packed(note), content.reference)

    return compose


def packed(note: Note) -> bytes:
    return json.dumps({name: getattr(note, name) for name in Note.__slots__}).encode()


def unpacked(payload: bytes) -> Note:
    return Note(**json.loads(payload))


def _address(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name, "")
    if value and not value.startswith(("https://", "http://")):
        # Apps have addresses of their own for the link, such as shop://basket; a page in a script is none.
        scheme, colon, _rest = value.partition(":")
        if name != "url" or not colon or scheme.lower() in {"javascript", "data", "vbscript", "file", "blob"}:
            raise Unfit(f"{name} must be an address beginning with https://")
    return value


def _topic(value: str) -> str:
    if value and not _TOPIC.fullmatch(value):
        raise Unfit("topic takes up to 32 letters, digits, - and _")
    return value


def _ttl(hours: str) -> int:
    if not hours:
        return DEFAULT_TTL
    try:
        seconds = int(float(hours) * 3600)
    except (ValueError, OverflowError):
        seconds = -1
    if not 0 <= seconds <= MAX_TTL:
        raise Unfit("ttl is a number of hours, at most 672")
    return seconds


class Sessions:
    """Open connections of each thread to the few hosts that it sends to."""

    def __init__(self, timeout: float = 10.0) -> None:
        self._local, self._timeout = threading.local(), timeout
        self._all: list[Session] = []
        self._lock = threading.Lock()

    def request(self, method: str, host: str, url: str, *, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises Refused and Unreachable."""
        sessions: dict[str, Session] = self._local.__dict__.setdefault("sessions", {})
        session = sessions.get(host)
        if session is None:
            if len(sessions) >= MOST_HOSTS:
                sessions.pop(next(iter(sessions))).close()
            session = sessions[host] = Session(timeout=self._timeout, http2=True, verify=VERIFY)
            with self._lock:
                self._all.append(session)
        return session.request(method, url, body=body, headers=headers)

    def close(self) -> None:
        with self._lock:
            for session in self._all:
                session.close()


# The tests' own push services bring certificates of their own.
VERIFY: Any = True


def retry_after(answer: Answer, otherwise: float | None = None) -> float | None:
    """How many seconds the other side wants to be left alone."""
    try:
        return min(max(float(answer.headers.get("retry-after", "")), 1.0), 3600.0)
    except ValueError:
        return otherwise


def failed(result: Result, answer: Answer, detail: str, wait: float | None = None) -> Verdict:
    return Verdict(Outcome(result, str(answer.status), detail[:300], retry_after=wait))
