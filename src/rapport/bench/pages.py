"""`bench pages`: server time of every page on the demo's data."""

from __future__ import annotations

import http.cookiejar
import re
import time
import urllib.parse
import urllib.request
import uuid
from typing import Any

from rapport.bench.rig import Rig

ROUNDS = 20
PASSWORD = "bench-password-of-some-length"  # noqa: S105 - of a throw-away installation
PATHS = ["/", "/people/", "/segments/", "/campaigns/", "/templates/", "/data/", "/settings/"]


def measure(rig: Rig, seconds: float) -> dict[str, Any]:
    """Median and 95th percentile per page, in ms, one request at a time; profile pages of several people."""
    email = f"bench-{uuid.uuid4()}@example.org"
    rig.rapport(
        "user", "create", "--email", email, "--role", "owner", "--password-stdin", stdin=PASSWORD + "\n"
    )
    browser = _sign_in(rig, email)
    profiles = re.findall(
        r'href="(/people/[0-9a-f-]{36}/)', browser.open(rig.url + "/people/").read().decode()
    )
    times: dict[str, list[float]] = {}
    for round_ in range(ROUNDS):
        for path in [*PATHS, *profiles[round_ : round_ + 1]]:
            name = "/people/…/" if path in profiles else path
            began = time.perf_counter()
            browser.open(rig.url + path).read()
            times.setdefault(name, []).append((time.perf_counter() - began) * 1000)
    figures = {f"{name} p50_ms": round(sorted(values)[len(values) // 2], 1) for name, values in times.items()}
    figures |= {
        f"{name} p95_ms": round(sorted(values)[int(len(values) * 0.95) - 1], 1)
        for name, values in times.items()
    }
    return {"figures": figures, "sizes": {"rounds": ROUNDS, "profiles": len(profiles), "seconds": seconds}}


def _sign_in(rig: Rig, email: str) -> urllib.request.OpenerDirector:
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = browser.open(f"{rig.url}/account/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    fields = {"csrfmiddlewaretoken": token.group(1) if token else "", "login": email, "password": PASSWORD}
    request = urllib.request.Request(
        f"{rig.url}/account/login/",
        data=urllib.parse.urlencode(fields).encode(),
        headers={"Referer": rig.url},
    )
    browser.open(request).read()
    return browser
