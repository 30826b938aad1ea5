"""`bench pages`: server time of every page of an empty installation, and of one with a million persons.

Pages are found as a reader finds them: from the pages that need no record, along every link and every part that loads
later, one address of each route. Each is asked for one at a time; the time runs until its last byte is there.
"""

from __future__ import annotations

import http.cookiejar
import os
import re
import statistics
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from html import unescape
from typing import Any

from rapport.bench.rig import Rig, cpu_seconds, percentile

ROUNDS = 20
PASSWORD = "bench-password-of-some-length"  # noqa: S105 - of a throw-away installation
EMPTY_LIMIT_MS, FULL_LIMIT_MS = 60, 100
# Files, other people's pages, and what no person waits for.
LEFT_OUT = ("/api/", "/static/", "/account/", "/demo/", "/shop/", "/mailbox/", "/v1/")
Timing = tuple[float, float]  # milliseconds by the clock, seconds of the processor
_ADDRESS = re.compile(r"""\s(?:href|hx-get|data-href|src)=["'](/[^"'#]*)""")


def measure(rig: Rig, persons: int, events: int) -> dict[str, Any]:
    """Both worlds, slowest page first, by route: {"first_ms", "p50_ms", "p95_ms", "cpu_ms"}.

    `first_ms` is the very first time, when nothing has been compiled or kept. `cpu_ms` is of all processes together,
    which other work on the machine hardly changes; `bare` is an answer that asks no engine anything.
    """
    os.environ["RAPPORT_DATA"] = str(rig.data)
    import django

    django.setup()
    from rapport.bench import pages_data

    reader = Reader(rig)
    figures: dict[str, Any] = {"bare": _figures([(reader.get("/healthz")[0], 0.0) for _ in range(ROUNDS)])}
    if not pages_data.is_filled():
        figures["empty"] = _summary(reader.pages(), EMPTY_LIMIT_MS, reader.first)
    began = time.perf_counter()
    pages_data.fill(persons, events)
    figures["made_s"] = round(time.perf_counter() - began)
    figures["full"] = _summary(reader.pages(), FULL_LIMIT_MS, reader.first)
    return {"figures": figures, "sizes": {"rounds": ROUNDS, **pages_data.sizes()}}


def _summary(times: dict[str, list[Timing]], limit: int, first: dict[str, float]) -> dict[str, Any]:
    figures = {name: _figures(values) | {"first_ms": round(first[name], 1)} for name, values in times.items()}
    by_time = sorted(figures, key=lambda name: -figures[name]["p95_ms"])
    return {
        "pages": len(figures),
        "limit_ms": limit,
        "over_limit": sum(figure["p95_ms"] > limit for figure in figures.values()),
        "median_of_p95_ms": statistics.median(figure["p95_ms"] for figure in figures.values()),
        "by_p95": {name: figures[name] for name in by_time},
    }


def _figures(timings: list[Timing]) -> dict[str, float]:
    times = [milliseconds for milliseconds, _ in timings]
    return {
        "cpu_ms": round(statistics.mean(seconds for _, seconds in timings) * 1000, 1),
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(percentile(times, 95), 1),
    }


class Reader:
    """Somebody signed in as an owner, who opens pages."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.first: dict[str, float] = {}
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        self._sign_in()

    def get(self, path: str) -> tuple[float, str]:
        """Milliseconds and the page; nothing for what is no page."""
        began = time.perf_counter()
        try:
            with self.browser.open(self.rig.url + path) as answer:
                body = answer.read()
                is_page = answer.headers.get_content_type() == "text/html"
        except urllib.error.HTTPError as refusal:
            if refusal.code >= 500:
                raise RuntimeError(f"{path} answered {refusal.code}") from refusal
            return 0.0, ""
        return (time.perf_counter() - began) * 1000, body.decode() if is_page else ""

    def pages(self) -> dict[str, list[Timing]]:
        """{route: timing of each round} of all that can be reached."""
        addresses = self._reach()
        times: dict[str, list[Timing]] = {name: [] for name in addresses}
        server = self.rig.process.pid
        for _ in range(ROUNDS):
            for name, path in addresses.items():
                spent = cpu_seconds(server)
                times[name].append((self.get(path)[0], cpu_seconds(server) - spent))
        return times

    def _reach(self) -> dict[str, str]:
        """{route: one address of it} of every page that a link or a part that loads later leads to."""
        waiting = [(name, path) for name, path in _without_arguments()]
        reached: dict[str, str] = {}
        seen: set[str] = set()
        while waiting:
            name, path = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            self.first[name], body = self.get(path)
            if not body:
                continue
            reached[name] = path
            waiting += _links(body)
        return reached

    def _sign_in(self) -> None:
        email = f"bench-{uuid.uuid4()}@example.org"
        arguments = ("user", "create", "--email", email, "--role", "owner", "--password-stdin")
        self.rig.rapport(*arguments, stdin=PASSWORD + "\n")
        address = f"{self.rig.url}/account/login/"
        form = self.browser.open(address).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        fields = {"csrfmiddlewaretoken": token[1] if token else "", "login": email, "password": PASSWORD}
        body = urllib.parse.urlencode(fields).encode()
        self.browser.open(urllib.request.Request(address, data=body, headers={"Referer": address})).read()


def _without_arguments() -> Iterator[tuple[str, str]]:
    from django.urls import URLPattern, get_resolver

    def walk(resolver: Any, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            path = f"{prefix}{entry.pattern}".replace("^", "").replace("$", "")
            if not isinstance(entry, URLPattern):
                yield from walk(entry, path)
            elif not re.search(r"[<(\\]", path):
                yield path

    return _named(walk(get_resolver(), "/"))


def _links(body: str) -> Iterator[tuple[str, str]]:
    return _named(unescape(address) for address in _ADDRESS.findall(body))


def _named(paths: Iterator[str]) -> Iterator[tuple[str, str]]:
    from django.urls import Resolver404, resolve

    for path in paths:
        if path.startswith(LEFT_OUT):
            continue
        try:
            match = resolve(urllib.parse.unquote(path.partition("?")[0]))
        except Resolver404:
            continue
        if match.func.__module__.startswith("rapport.") and "export=" not in path:
            yield match.view_name, path
