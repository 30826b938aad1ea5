"""Asking another system over HTTP: at its pace, through the guard against internal addresses, with errors in words."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
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
# What an answer or a record may be that is not as its documentation says.
UNREADABLE = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, OverflowError, RecursionError,
)  # fmt: skip
# Where a record came without what hangs on it: why.
INCOMPLETE = "rapport:incomplete"
_ADDRESS = re.compile(r"[^\s\"'<>(),;:]+@[^\s\"'<>(),;:]+")


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


def undocumented() -> Unreachable:
    return Unreachable(_("The answer is not what its documentation says; is the address right?"))


@contextmanager
def readable() -> Iterator[None]:
    """What is asked in it raises Unreachable for an answer of another shape than documented."""
    try:
        yield
    except UNREADABLE as error:
        raise undocumented() from error


class Reply:
    """An answer of the 2xx kind: its JSON, and its headers with names in lower case."""

    def __init__(self, content: Any, headers: Mapping[str, str]) -> None:
        self.content, self.headers = content, headers

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The list that it is. Raises Unreachable."""
        return records(self.content)

    def part(self, key: str) -> Any:
        """One value of the object that it is. Raises Unreachable."""
        if not isinstance(self.content, dict) or key not in self.content:
            raise undocumented()
        return self.content[key]


class Api:
    """One system's API. `rate` is how many requests a second it allows; `requests` and `failures` are counted.
    `dated` is the other side's clock in its last answer: what it says of changes is by that one.

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
        self.dated: dt.datetime | None = None
        self._hidden = {
            text for value in self._headers.values() for text in (value, value.rpartition(" ")[2])
        }

    def hide(self, values: Iterable[Any]) -> None:
        """What must not stand in words about answers: some say again what they were asked with."""
        self._hidden |= {str(value) for value in values if value}

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
            self.dated = date_of(answer.headers) or self.dated
            return self._read(answer, {text.rpartition(" ")[2] for text in signed.values()})
        except outbound.Refused as error:
            self.failures += 1
            raise Refused(str(error)) from error
        except outbound.Unreachable as error:
            self.failures += 1
            raise Unreachable(str(error)) from error
        except Trouble:
            self.failures += 1
            raise

    def _read(self, answer: outbound.Answer, signed: Iterable[str] = ()) -> Reply:
        if 200 <= answer.status < 300:
            return Reply(_json(answer), {name.lower(): text for name, text in answer.headers.items()})
        words = _("It answered with %(status)d: %(text)s") % {
            "status": answer.status,
            "text": self._shown(answer.text, signed)[:300],
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

    def _shown(self, text: str, signed: Iterable[str]) -> str:
        """Its words without keys and addresses of people."""
        shown = " ".join(text[:20_000].split())
        for hidden in sorted({*self._hidden, *signed}, key=len, reverse=True):
            if len(hidden) > 3:
                shown = shown.replace(hidden, "…")
        return _ADDRESS.sub("…@…", shown)


def records(content: Any) -> list[dict[str, Any]]:
    """The objects of a list. Raises Unreachable where there is none."""
    if not isinstance(content, list):
        raise undocumented()
    return [row for row in content if isinstance(row, dict)]


def whole(
    rows: Iterable[dict[str, Any]], build: Callable[[dict[str, Any]], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each record with what hangs on it. Where that cannot be had of one, the others come all the same."""
    result: list[dict[str, Any]] = []
    failed: list[Trouble] = []
    for row in rows:
        try:
            with readable():
                result.append(build(row))
        except (Denied, Busy):
            raise
        except Trouble as error:
            failed.append(error)
            result.append({**row, INCOMPLETE: str(error)})
    if len(failed) > 1 and len(failed) == len(result):
        raise failed[-1]  # it is not the records
    return result


def last(rows: Iterable[dict[str, Any]], name: str = "id") -> Any:
    """The last number on a page, after which the next begins. Raises Unreachable."""
    numbers = [row[name] for row in rows if row.get(name)]
    if not numbers:
        raise undocumented()
    return numbers[-1]


def date_of(headers: Mapping[str, str]) -> dt.datetime | None:
    """When the other side answered, by its own clock."""
    try:
        at = email.utils.parsedate_to_datetime(headers.get("date") or headers.get("Date") or "")
    except (ValueError, TypeError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


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
    except OverflowError:
        return LONGEST
    except ValueError:
        try:  # a date is read by the clock of who wrote it
            at, now = (email.utils.parsedate_to_datetime(when) for when in (text, lowered.get("date", "")))
            wait = at - now
        except (ValueError, TypeError):
            return DEFAULT
    return min(max(wait, dt.timedelta(seconds=1)), LONGEST)
