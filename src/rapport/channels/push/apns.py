"""Apple Push Notification service over HTTP/2, signed in by a token (ES256)."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from django.utils.translation import gettext as _

from rapport.channels.protocol import Outcome, Result
from rapport.channels.push.devices import Target
from rapport.channels.push.notes import Note, Sessions, Verdict, failed, retry_after
from rapport.channels.registry import WrongSettings
from rapport.core.services.outbound import Answer, Refused, Unreachable

HOSTS = {"production": "https://api.push.apple.com", "sandbox": "https://api.sandbox.push.apple.com"}
# Apple refuses tokens older than an hour, and new ones more often than every 20 minutes.
RENEWED_AFTER = dt.timedelta(minutes=50)
TOO_SOON = dt.timedelta(minutes=20)
_PEM = re.compile(r"-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----")
_GONE = {"Unregistered": "unregistered", "ExpiredToken": "expired"}
_FOREIGN = {"BadDeviceToken", "DeviceTokenNotForTopic"}
_OURS = {"BadTopic", "MissingTopic", "TopicDisallowed", "BadCertificate", "BadCertificateEnvironment"}


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key of a developer team, and the apps (bundle ids) it sends to."""

    text: str
    key_id: str
    team_id: str
    topics: tuple[str, ...]
    host: str


def key_of(settings: Mapping[str, Any]) -> Key:
    """The key in the settings. Raises WrongSettings."""
    topics = tuple(
        topic.strip() for topic in str(settings.get("apns_topic") or "").split(",") if topic.strip()
    )
    key = Key(
        _with_lines(str(settings["apns_key"])),
        str(settings.get("apns_key_id") or ""),
        str(settings.get("apns_team_id") or ""),
        topics,
        HOSTS[str(settings.get("apns_environment") or "production")],
    )
    for name, value in (
        ("apns_key_id", key.key_id),
        ("apns_team_id", key.team_id),
        ("apns_topic", key.topics),
    ):
        if not value:
            raise WrongSettings(_("This is needed together with Apple's key."), name)
    try:
        jwt.encode({}, key.text, algorithm="ES256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise WrongSettings(_("That is no .p8 key: %(error)s") % {"error": error}, "apns_key") from error
    return key


def _with_lines(pem: str) -> str:
    """The key as it stands in its file: what is pasted into a line of a form has lost its line ends."""
    match = _PEM.search(pem)
    if match is None:
        return pem
    content = "".join(match[1].split())
    lines = [content[at : at + 64] for at in range(0, len(content), 64)]
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])


class Apns:
    """Sends to Apple's devices."""

    def __init__(self, key: Key, sessions: Sessions) -> None:
        self._key, self._sessions = key, sessions
        self._lock = threading.Lock()
        self._token, self._at = "", dt.datetime.min.replace(tzinfo=dt.UTC)

    def send(self, target: Target, note: Note, now: dt.datetime) -> Verdict:
        try:
            token = self._signed(now)
            answer = self._post(target, note, token, now)
            if answer.status == 403 and _reason(answer) == "ExpiredProviderToken":
                answer = self._post(target, note, self._signed(now, instead_of=token), now)
        except Refused as error:
            return Verdict(Outcome(Result.UNREACHABLE, "", str(error)))
        except Unreachable as error:
            result = Result.UNCERTAIN if error.sent else Result.UNREACHABLE
            return Verdict(Outcome(result, "", str(error)[:300]))
        return _verdict(answer, target)

    def _signed(self, now: dt.datetime, instead_of: str = "") -> str:
        with self._lock:
            stale = now - self._at >= RENEWED_AFTER
            if stale or (self._token == instead_of and now - self._at >= TOO_SOON):
                claims = {"iss": self._key.team_id, "iat": int(now.timestamp())}
                headers = {"kid": self._key.key_id}
                self._token, self._at = (
                    jwt.encode(claims, self._key.text, algorithm="ES256", headers=headers),
                    now,
                )
            return self._token

    def _post(self, target: Target, note: Note, token: str, now: dt.datetime) -> Answer:
        url = f"{self._key.host}/3/device/{target.token}"
        topics = self._key.topics
        headers = {
            "authorization": f"bearer {token}",
            "apns-id": _id(note.reference, target),
            "apns-topic": target.app if target.app in topics else topics[0],
            "apns-push-type": "alert",
            "apns-expiration": str(int(now.timestamp()) + note.ttl if note.ttl else 0),
            "apns-priority": "10" if note.urgency in {"normal", "high"} else "5",
            "content-type": "application/json",
        }
        if note.topic:
            headers["apns-collapse-id"] = note.topic
        return self._sessions.request(
            "POST", urlsplit(url).netloc, url, body=json.dumps(_body(note)).encode(), headers=headers
        )


def _id(reference: str, target: Target) -> str:
    """One id per message and device, the same when it is offered again."""
    return str(uuid.uuid5(uuid.UUID(reference), str(target.id)))


def _body(note: Note) -> dict[str, Any]:
    alert = {name: value for name, value in (("title", note.title), ("body", note.body)) if value}
    aps: dict[str, Any] = {"alert": alert, "sound": "default"}
    if note.image:
        aps["mutable-content"] = 1
    own = {"url": note.url, "image": note.image, "rapport": note.token}
    return {"aps": aps, **{name: value for name, value in own.items() if value}}


def _answered(answer: Answer) -> dict[str, Any]:
    try:
        data = json.loads(answer.text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _reason(answer: Answer) -> str:
    return str(_answered(answer).get("reason", ""))


def _verdict(answer: Answer, target: Target) -> Verdict:
    if answer.status == 200:
        return Verdict(Outcome(Result.ACCEPTED, "200", "", answer.headers.get("apns-id", "")))
    reason = _reason(answer)
    words = reason or answer.text
    if reason in _GONE or answer.status == 410:
        outcome = Outcome(Result.REFUSED, str(answer.status), words[:300])
        # A device that registered again after Apple missed it is there.
        return Verdict(outcome, gone="" if _is_older(answer, target) else _GONE.get(reason, "gone"))
    if reason in _FOREIGN:
        outcome = Outcome(Result.REFUSED, str(answer.status), words)
        return Verdict(outcome, gone="bad_token" if reason == "BadDeviceToken" else "", foreign=True)
    if answer.status == 403 or reason in _OURS:
        return failed(Result.POLICY, answer, words)
    if reason == "TooManyProviderTokenUpdates":
        return failed(Result.RETRY, answer, words, TOO_SOON.total_seconds())
    if answer.status == 429 or answer.status >= 500:
        return failed(Result.RETRY, answer, words, retry_after(answer))
    return failed(Result.REFUSED, answer, words)


def _is_older(answer: Answer, target: Target) -> bool:
    """Whether Apple found the device missing before it registered last (`timestamp`, in milliseconds)."""
    stamp = _answered(answer).get("timestamp")
    return isinstance(stamp, int | float) and stamp / 1000 < target.seen_at.timestamp()
