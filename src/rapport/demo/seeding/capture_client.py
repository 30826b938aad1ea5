"""How the shop talks to Rapport: batches to the capture API and calls of the REST API, like any other client."""

from __future__ import annotations

import time
from collections.abc import Callable

import urllib3

TRIES = 40
LONGEST_WAIT = 10.0
API_KEY = "demo.shop"  # what the shop's key to the REST API is sealed for


class Refused(Exception):
    """Capture will not take this batch, now or later; the message says why."""


class Unreachable(Exception):
    """Capture did not answer, or kept asking to wait, for longer than it makes sense to try."""


class CaptureClient:
    """Posts with a write key or a key of the REST API over kept-alive connections. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        write_key: str = "",
        *,
        api_key: str = "",
        connections: int = 1,
        timeout: float = 30.0,
    ) -> None:
        self._base = base_url.rstrip("/")
        key = (
            {"authorization": f"Bearer {api_key}"}
            if api_key
            else urllib3.make_headers(basic_auth=f"{write_key}:")
        )
        self._headers = {**key, "content-type": "application/json"}
        # Retries are ours: urllib3's would not read Retry-After the way capture means it.
        self._pool = urllib3.PoolManager(maxsize=connections, retries=False, timeout=timeout)

    def send(
        self,
        body: bytes,
        *,
        path: str = "/v1/batch",
        tries: int = TRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Returns once it is taken, durably. Raises Refused for a final answer, Unreachable after `tries`."""
        reason = ""
        for attempt in range(tries):
            try:
                response = self._pool.request("POST", self._base + path, body=body, headers=self._headers)
            except urllib3.exceptions.HTTPError as error:
                reason = str(error)
                wait = min(LONGEST_WAIT, 0.1 * 2.0**attempt)
            else:
                if response.status < 300:
                    return
                reason = f"HTTP {response.status}: {response.data[:300].decode(errors='replace')}"
                if response.status < 500 and response.status not in (408, 429):
                    raise Refused(reason)
                wait = _retry_after(response.headers.get("retry-after"), attempt)
            if attempt + 1 < tries:
                sleep(wait)
        raise Unreachable(reason)


def _retry_after(given: str | None, attempt: int) -> float:
    try:
        return min(LONGEST_WAIT, float(given or ""))
    except ValueError:
        return min(LONGEST_WAIT, 0.1 * 2.0**attempt)
