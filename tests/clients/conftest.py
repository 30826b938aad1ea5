"""One server for all clients, a fresh unreliable network for each test, and a shop's page for the browsers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import ARGUMENTS, executable
from tests.clients import rapport as server
from tests.clients.proxy import Proxy

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"


@pytest.fixture(scope="package")
def rapport(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Rapport]:
    if not MODULES.is_dir():
        raise RuntimeError("Other people's clients are not installed. Run `make test`, or bin/clients.")
    with server.running(tmp_path_factory.mktemp("clients")) as running:
        yield running


@pytest.fixture
def proxy(rapport: server.Rapport) -> Iterator[Proxy]:
    with Proxy(rapport.url) as proxy:
        yield proxy


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


class _Site(SimpleHTTPRequestHandler):
    """The clients' own bundles under /clients/, and the same page for every other address."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def translate_path(self, path: str) -> str:
        where = path.partition("?")[0]
        return str(MODULES / where[9:] if where.startswith("/clients/") else HERE / "js" / "page.html")


@pytest.fixture(scope="package")
def site() -> Iterator[str]:
    """The address of a shop's page that has the browser clients' scripts in it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Site, directory=str(HERE))) as running:
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
