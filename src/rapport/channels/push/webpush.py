"""Web push: RFC 8030 with encryption by RFC 8291 and VAPID by RFC 8292."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import urlsplit

import http_ece  # type: ignore[import-untyped]
from cryptography.hazmat.primitives.asymmetric import ec

from rapport.channels.protocol import Outcome, Result
from rapport.channels.push import vapid
from rapport.channels.push.devices import Target
from rapport.channels.push.notes import Note, Sessions, Verdict, failed, retry_after
from rapport.core.services.outbound import Refused, Unreachable


def encrypted(payload: bytes, p256dh: str, auth: str) -> bytes:
    """A message body for one subscription. Raises ValueError for keys that are none."""
    body: bytes = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=vapid.decoded(p256dh),
        auth_secret=vapid.decoded(auth),
        version="aes128gcm",
    )
    return body


class WebPush:
    """Sends to browsers. Endpoints come from strangers: none of their answers says anything about us as a sender."""

    def __init__(self, signer: vapid.Signer, sessions: Sessions) -> None:
        self._signer, self._sessions = signer, sessions

    def send(self, target: Target, note: Note, now: dt.datetime) -> Verdict:
        subscription = json.loads(target.token)
        endpoint = str(subscription["endpoint"])
        try:
            body = encrypted(note.as_json(), subscription["p256dh"], subscription["auth"])
        except (ValueError, http_ece.ECEException) as error:
            return Verdict(Outcome(Result.REFUSED, "", f"keys of the subscription: {error}"), gone="bad_keys")
        headers = {
            "Authorization": self._signer.authorization(endpoint, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(note.ttl),
            "Urgency": note.urgency,
        }
        if note.topic:
            headers["Topic"] = note.topic
        try:
            answer = self._sessions.request(
                "POST", urlsplit(endpoint).netloc, endpoint, body=body, headers=headers
            )
        except Refused as error:
            return Verdict(Outcome(Result.REFUSED, "", str(error)), gone="bad_endpoint")
        except Unreachable as error:
            result = Result.UNCERTAIN if error.sent else Result.RETRY
            return Verdict(Outcome(result, "", str(error)[:300]))
        if answer.status in {200, 201, 202, 204}:
            return Verdict(
                Outcome(Result.ACCEPTED, str(answer.status), "", answer.headers.get("location", ""))
            )
        if answer.status in {404, 410}:
            return Verdict(
                Outcome(Result.REFUSED, str(answer.status), "not subscribed any more"), gone="gone"
            )
        if answer.status == 429 or answer.status >= 500:
            return failed(Result.RETRY, answer, answer.text, retry_after(answer))
        # Also 401 and 403: subscribed with another sender's key.
        words = "larger than this push service takes" if answer.status == 413 else answer.text
        verdict = failed(Result.REFUSED, answer, words)
        return Verdict(verdict.outcome, foreign=answer.status in {401, 403})
