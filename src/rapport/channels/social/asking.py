"""Asking a network's API: one request, its answer or what failed, and how long it asks to be left alone."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from rapport.channels.http import MAX_WAIT, json_of, retry_after
from rapport.channels.networks import Failed, SignedOut
from rapport.channels.protocol import Outcome, Result
from rapport.core.services import outbound
from rapport.core.services.outbound import Answer, Session

ANSWER_LIMIT = 2_000_000
JSON = {"content-type": "application/json"}
_BLANKS = re.compile(r"\s+")


class Asker:
    """Asks over one connection, with the headers of an account."""

    def __init__(self, base: str, headers: Mapping[str, str], now: dt.datetime) -> None:
        self.base = base.rstrip("/")
        self.headers = dict(headers)
        self.now = now
        self._session = Session(timeout=30.0, limit=ANSWER_LIMIT)

    def ask(
        self,
        method: str,
        path: str,
        *,
        content: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """An answer of 2xx. Raises SignedOut for 401, Failed for any other, and when there is none."""
        url = path if path.startswith("http") else f"{self.base}{path}"
        given = {**self.headers, **(JSON if content is not None else {}), **(headers or {})}
        data = json.dumps(content).encode() if content is not None else body
        try:
            answer = self._session.request(method, url, body=data, headers=given)
        except outbound.Refused as error:
            raise Failed(Outcome(Result.REFUSED, "address", str(error))) from error
        except outbound.Unreachable as error:
            result = Result.UNCERTAIN if error.sent else Result.UNREACHABLE
            raise Failed(Outcome(result, "connection", str(error))) from error
        if answer.status == 401:
            raise SignedOut("401", words_of(answer))
        if not 200 <= answer.status < 300:
            raise Failed(self.refusal(answer))
        return answer

    def get(self, path: str) -> dict[str, Any]:
        """One object. Raises SignedOut, Failed."""
        return json_of(self.ask("GET", path))

    def refusal(self, answer: Answer) -> Outcome:
        """What a status alone says. After 500, 502 and 504 a post may have been taken all the same."""
        code, words = str(answer.status), words_of(answer)
        if answer.status in {429, 503}:
            return Outcome(Result.RETRY, code, words, retry_after=self.rest(answer))
        if answer.status >= 500 or answer.status < 400:
            return Outcome(Result.UNCERTAIN, code, words)
        return Outcome(Result.REFUSED, code, words)

    def rest(self, answer: Answer) -> float | None:
        """For how many seconds the network wants to be left alone: Retry-After, or when its window ends."""
        if (wait := retry_after(answer)) is not None:
            return wait
        ends = answer.headers.get("x-rate-limit-reset") or answer.headers.get("x-ratelimit-reset") or ""
        try:
            at = (
                dt.datetime.fromtimestamp(int(ends), dt.UTC)
                if ends.isdigit()
                else dt.datetime.fromisoformat(ends)
            )
        except (ValueError, OverflowError, OSError):
            return None
        seconds = (at - self.now).total_seconds() if at.tzinfo else 0.0
        return min(max(seconds, 1.0), MAX_WAIT)

    def close(self) -> None:
        self._session.close()


def words_of(answer: Answer) -> str:
    """The error in the network's own words, wherever in the answer they stand."""
    content = json_of(answer)
    error = content.get("error")
    if isinstance(error, dict):
        content = error
    texts = [content.get(name) for name in ("detail", "error_description", "message", "error", "title")]
    return next((text for text in texts if isinstance(text, str) and text), answer.text[:300])[:500]


def harmless(error: Failed) -> Outcome:
    """Of a step before the post itself (an upload): whatever became of it, the post may be offered again."""
    if error.outcome.result is Result.UNCERTAIN:
        return Outcome(Result.RETRY, error.outcome.code, error.outcome.detail)
    return error.outcome


def form_data(fields: Mapping[str, str], file: tuple[str, str, str, bytes]) -> tuple[bytes, dict[str, str]]:
    """A body of multipart/form-data and its header; `file` is (field, name, type, content)."""
    boundary = secrets.token_hex(16)
    sections = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    field, name, media_type, content = file
    clean = re.sub(r"[^\w.\- ]", "_", name)
    sections.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{clean}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n".encode()
        + content
        + f"\r\n--{boundary}--\r\n".encode()
    )
    return b"".join(sections), {"content-type": f"multipart/form-data; boundary={boundary}"}


def same_text(ours: str, theirs: str) -> bool:
    """Whether two texts are one, whatever the network did to their blanks."""
    return _BLANKS.sub(" ", ours).strip() == _BLANKS.sub(" ", theirs).strip()


def moment(text: object, now: dt.datetime) -> dt.datetime:
    """A time as networks write it (ISO 8601, or milliseconds since 1970); now when it is none, never later than now."""
    try:
        if isinstance(text, int):
            at = dt.datetime.fromtimestamp(text / 1000, dt.UTC)
        else:
            at = dt.datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", str(text)))
    except (ValueError, OverflowError, OSError):
        return now
    return min(at if at.tzinfo else at.replace(tzinfo=dt.UTC), now)


def number(value: object) -> int | None:
    """A count; None where there is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
