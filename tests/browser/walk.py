"""Finds every kind of page of the running product by following its links, one example of each."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Page, Response

Look = Callable[[str, Response], None]

# What is no page: downloads, other people's doors, links that end the visit or act.
NO_PAGE = re.compile(
    r"^/(static|api|v1|e)/|logout|export|download|\.(csv|json|txt|ics|gif|png|svg|js|pdf)$|^/(rapport\.js|healthz|readyz)"
)
SEEDS = ("/", "/styleguide/", "/settings/", "/account/login/", "/shop/")
# Where the last part of an address names a record although it looks like a word.
NAMED = re.compile(
    r"^/(segments|shop/c|shop/p|people/identity|settings/purposes)/(?!(new|new-list|definitions)(/|$))[^/]+"
)


def settle(page: Page) -> None:
    """Waits until fonts and fragments are there; not for silence, because live pages never fall silent."""
    page.wait_for_load_state("load")
    # Asked again and again from outside: waiting inside the page would need eval, which its policy forbids.
    for _ in range(40):
        page.wait_for_timeout(100)
        if page.evaluate("document.fonts.status === 'loaded' && !document.querySelector('.htmx-request')"):
            return


def kind(path: str) -> str:
    """The path with what names one record replaced: two persons' profiles are one kind of page."""
    segments = NAMED.sub(r"/\1/1", path).strip("/").split("/")
    return "/" + "/".join("*" if re.search(r"\d|^[\w-]{22,}$|[:@%]", part) else part for part in segments)


def pages(page: Page, url: str, look: Look = lambda _path, _answer: None) -> list[str]:
    """One path of each kind of page that can be reached by links, in the order of finding; `look` sees each while it
    is open in `page`, in which somebody is signed in."""
    first_paths: dict[str, str] = {}
    waiting = deque(SEEDS)
    while waiting:
        path = waiting.popleft()
        key = kind(path)
        if key in first_paths:
            continue
        answer = page.goto(url + path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if answer.status == 404 and path in SEEDS:
            continue
        final = urlsplit(page.url).path
        if kind(final) in first_paths:
            first_paths.setdefault(key, first_paths[kind(final)])
            continue
        first_paths[key] = first_paths[kind(final)] = final
        waiting.extend(
            _links(
                page.eval_on_selector_all(
                    "a[href]:not([download]):not([data-older])", "all => all.map(a => a.href)"
                ),
                url,
            )
        )
        look(final, answer)
    return list(dict.fromkeys(first_paths.values()))


def _links(targets: list[str], url: str) -> list[str]:
    paths = []
    for target in targets:
        split_url = urlsplit(urljoin(url, target))
        if f"{split_url.scheme}://{split_url.netloc}" == url and not NO_PAGE.search(split_url.path):
            paths.append(split_url.path)
    return list(dict.fromkeys(paths))
