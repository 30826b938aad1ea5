"""Firebase Cloud Messaging, HTTP v1 API, signed in by a service account."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from django.utils.translation import gettext as _

from rapport.channels.protocol import Outcome, Result
from rapport.channels.push.devices import Target
from rapport.channels.push.notes import Note, Sessions, Verdict, failed, retry_after
from rapport.channels.registry import WrongSettings
from rapport.core.services.outbound import Answer, Refused, Unreachable

BASE = "https://fcm.googleapis.com"
TOKENS = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
RENEWED_BEFORE = dt.timedelta(minutes=5)
# What Google asks for when it names no time.
QUOTA_WAIT = 60.0


class SignInFailed(Exception):
    """Google gave no access token; `verdict` says what that means."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.outcome.detail)
        self.verdict = verdict


def account(text: str) -> dict[str, str]:
    """A service account's JSON. Raises WrongSettings."""
    try:
        data = json.loads(text)
        fields = {name: str(data[name]) for name in ("project_id", "client_email", "private_key")}
        jwt.encode({}, fields["private_key"], algorithm="RS256")
    except (ValueError, KeyError, TypeError, jwt.PyJWTError) as error:
        raise WrongSettings(
            _("That is no key file of a service account: %(error)s") % {"error": error}, "fcm_account"
        ) from error
    return fields


class Fcm:
    """Sends to devices that registered with Firebase."""

    def __init__(self, fields: Mapping[str, str], sessions: Sessions) -> None:
        self._account, self._sessions = fields, sessions
        self._lock = threading.Lock()
        self._token, self._until = "", dt.datetime.min.replace(tzinfo=dt.UTC)

    def send(self, target: Target, note: Note, now: dt.datetime) -> Verdict:
        body = json.dumps({"message": _message(target, note)}).encode()
        url = f"{BASE}/v1/projects/{self._account['project_id']}/messages:send"
        try:
            answer = self._post(url, body, now, fresh=False)
            if answer.status == 401:
                answer = self._post(url, body, now, fresh=True)
        except SignInFailed as error:
            return error.verdict
        except Refused as error:
            return Verdict(Outcome(Result.UNREACHABLE, "", str(error)))
        except Unreachable as error:
            result = Result.UNCERTAIN if error.sent else Result.UNREACHABLE
            return Verdict(Outcome(result, "", str(error)[:300]))
        return _verdict(answer)

    def _post(self, url: str, body: bytes, now: dt.datetime, *, fresh: bool) -> Answer:
        headers = {"Authorization": f"Bearer {self._access(now, fresh)}", "Content-Type": "application/json"}
        return self._sessions.request("POST", urlsplit(url).netloc, url, body=body, headers=headers)

    def _access(self, now: dt.datetime, fresh: bool) -> str:
        """The access token, kept for as long as it is good. Raises SignInFailed and Unreachable."""
        with self._lock:
            if self._token and self._until > now and not fresh:
                return self._token
            claims = {
                "iss": self._account["client_email"],
                "scope": SCOPE,
                "aud": TOKENS,
                "iat": int(now.timestamp()),
                "exp": int(now.timestamp()) + 3600,
            }
            assertion = jwt.encode(claims, self._account["private_key"], algorithm="RS256")
            form = urlencode({"grant_type": GRANT, "assertion": assertion}).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            try:
                answer = self._sessions.request(
                    "POST", urlsplit(TOKENS).netloc, TOKENS, body=form, headers=headers
                )
            except Unreachable as error:
                # Nothing of the message itself was handed over.
                raise Unreachable(str(error)) from error
            data = _json(answer)
            if answer.status != 200 or not data.get("access_token"):
                words = str(data.get("error_description") or data.get("error") or answer.text)
                busy = answer.status == 429 or answer.status >= 500
                raise SignInFailed(failed(Result.UNREACHABLE if busy else Result.POLICY, answer, words))
            good_for = dt.timedelta(seconds=float(data.get("expires_in", 3600)))
            self._token, self._until = str(data["access_token"]), now + good_for - RENEWED_BEFORE
            return self._token


def _message(target: Target, note: Note) -> dict[str, Any]:
    shown = {"title": note.title, "body": note.body, "image": note.image}
    data = {"url": note.url, "rapport": note.token}
    android: dict[str, Any] = {
        "ttl": f"{note.ttl}s",
        "priority": "HIGH" if note.urgency == "high" else "NORMAL",
    }
    apple: dict[str, str] = {"apns-priority": "10" if note.urgency in {"normal", "high"} else "5"}
    if note.topic:
        android |= {"collapse_key": note.topic, "notification": {"tag": note.topic}}
        apple["apns-collapse-id"] = note.topic
    return {
        "token": target.token,
        "notification": {name: value for name, value in shown.items() if value},
        "data": {name: value for name, value in data.items() if value},
        "android": android,
        "apns": {"headers": apple},
    }


def _json(answer: Answer) -> dict[str, Any]:
    try:
        data = json.loads(answer.text)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _verdict(answer: Answer) -> Verdict:
    data = _json(answer)
    if answer.status == 200:
        return Verdict(Outcome(Result.ACCEPTED, "200", "", str(data.get("name", ""))))
    given = data.get("error")
    error: dict[str, Any] = given if isinstance(given, dict) else {}
    details = [part for part in error.get("details") or [] if isinstance(part, dict)]
    code = next(
        (str(part["errorCode"]) for part in details if "errorCode" in part), str(error.get("status", ""))
    )
    words = f"{code} {error.get('message', '')}".strip() or answer.text
    if code == "UNREGISTERED" or (code == "NOT_FOUND" and answer.status == 404):
        return Verdict(Outcome(Result.REFUSED, "404", words[:300]), gone="unregistered")
    fields = [place.get("field") for part in details for place in part.get("fieldViolations") or []]
    if code == "INVALID_ARGUMENT" and "message.token" in fields:
        return Verdict(Outcome(Result.REFUSED, "400", words[:300]), gone="invalid_token")
    if code == "SENDER_ID_MISMATCH":
        return Verdict(Outcome(Result.REFUSED, str(answer.status), words[:300]), foreign=True)
    if answer.status in {401, 403}:
        return failed(Result.POLICY, answer, words)
    if answer.status == 429:
        return failed(Result.RETRY, answer, words, retry_after(answer, QUOTA_WAIT))
    if answer.status >= 500:
        return failed(Result.RETRY, answer, words, retry_after(answer))
    return failed(Result.REFUSED, answer, words)
