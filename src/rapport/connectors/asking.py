"""Asking another system over HTTP: at its pace, through the guard against internal addresses, with errors in words."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from rapport.channels.pace import Pace
from rapport.core.services import outbound

LIMIT = 32 * 1024 * 1024
TIMEOUT = 30.0
# Who asks for more patience than this is asked again after it.
LONGEST = dt.timedelta(hours=1)
DEFAULT = dt.timedelta(seconds=30)


class Trouble(Exception):
    """A request failed; the message says how. The kinds of it say whether another try helps."""

    kind = "broken"


class Denied(Trouble):
    """The key is wrong, ended, or lacks a right: only a person can mend that."""

    kind = "denied"


class Unreachable(Trouble):
    """No answer, or none that is one."""

    kind = "unreachable"


class Refused(Trouble):
    """The other side does not do what it was asked; asking again changes nothing."""

    kind = "refused"


class Missing(Refused):
    """There is no such record (any more)."""


class Busy(Trouble):
    """It asks for patience."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(_("It asks us to wait for %(seconds)d seconds.") % {"seconds": wait.total_seconds()})
        self.wait = wait


class Reply:
    """An answer of the 2xx kind: its JSON, and its headers with names in lower case."""

    def __init__(self, content: Any, headers: Mapping[str, str]) -> None:
        self.content, self.headers = content, headers

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The list that it is. Raises Unreachable."""
        if not isinstance(self.content, list):
            raise Unreachable(_("The answer is not what its documentation says; is the address right?"))
        return [row for row in self.content if isinstance(row, dict)]

    def part(self, key: str) -> Any:
        """One value of the object that it is. Raises Unreachable."""
        if not isinstance(self.content, dict) or key not in self.content:
            raise Unreachable(_("The answer is not what its documentation says; is the address right?"))
        return self.content[key]


class Api:
    """One system's API. `rate` is how many requests a second it allows; `requests` and `failures` are counted.

    `sign` gives the headers of each request, anew for each, for keys that run out.
    """

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str] | None = None,
        sign: Callable[[Api], Mapping[str, str]] | None = None,
        rate: float = 0,
    ) -> None:
        self.base = base.rstrip("/")
        self._headers, self._sign = dict(headers or {}), sign
        self._pace = Pace(rate)
        self._session = outbound.Session(timeout=TIMEOUT, limit=LIMIT)
        self.requests = self.failures = 0

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, **query: Any) -> Reply:
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return self.call("GET", f"{path}?{urlencode(given, doseq=True)}" if given else path)

    def post(self, path: str, body: Any) -> Reply:
        return self.call("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def put(self, path: str, body: Any) -> Reply:
        return self.call("PUT", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def patch(self, path: str, body: Any) -> Reply:
        return self.call("PATCH", path, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def delete(self, path: str, **query: Any) -> Reply:
        return self.call("DELETE", f"{path}?{urlencode(query)}" if query else path)

    def form(self, path: str, fields: list[tuple[str, str]]) -> Reply:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.call("POST", path, urlencode(fields).encode(), kind)

    def call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One request. `path` may be a whole address, but only of the same system. Raises Trouble."""
        url = path if path.startswith(("https://", "http://")) else self.base + path
        if not url.startswith(self.base + "/"):
            raise Refused(_("It points to another address, %(url)s.") % {"url": url[:100]})
        signed = self._sign(self) if self._sign else {}
        self._pace.turn()
        self.requests += 1
        try:
            answer = self._session.request(
                method, url, body=body,
                headers={"Accept": "application/json", **self._headers, **signed, **(headers or {})},
            )  # fmt: skip
            return self._read(answer)
        except outbound.Refused as error:
            self.failures += 1
            raise Refused(str(error)) from error
        except outbound.Unreachable as error:
            self.failures += 1
            raise Unreachable(str(error)) from error
        except Trouble:
            self.failures += 1
            raise

    def _read(self, answer: outbound.Answer) -> Reply:
        if 200 <= answer.status < 300:
            return Reply(_json(answer), {name.lower(): text for name, text in answer.headers.items()})
        words = _("It answered with %(status)d: %(text)s") % {
            "status": answer.status,
            "text": " ".join(answer.text.split())[:300],
        }
        match answer.status:
            case 401 | 402 | 403:
                raise Denied(words)
            case 404 | 410:
                raise Missing(words)
            case 429 | 503:
                raise Busy(wait_of(answer.headers))
            case status if status >= 500:
                raise Trouble(words)
        raise Refused(words)


def _json(answer: outbound.Answer) -> Any:
    if not answer.text.strip():
        return None
    try:
        return json.loads(answer.text)
    except (ValueError, RecursionError) as error:
        raise Unreachable(_("The answer is no JSON; is the address right?")) from error


def wait_of(headers: Mapping[str, str]) -> dt.timedelta:
    """What Retry-After says, as seconds or as a date; half a minute without one."""
    lowered = {name.lower(): text.strip() for name, text in headers.items()}
    text = lowered.get("retry-after", "")
    if not text and (left := lowered.get("x-rate-limit-time-reset-ms", "")).isdecimal():  # BigCommerce's
        text = str(int(left) / 1000)
    try:
        wait = dt.timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        try:  # a date is read by the clock of who wrote it
            at, now = (email.utils.parsedate_to_datetime(when) for when in (text, lowered.get("date", "")))
            wait = at - now
        except (ValueError, TypeError):
            return DEFAULT
    return min(max(wait, dt.timedelta(seconds=1)), LONGEST)
