"""The product as a newcomer starts it: `rapport demo` in a folder of its own, ended as Ctrl-C would."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

OWNER, PASSWORD = "newcomer@example.com", "correct horse battery"
# Enough of the shop's customers for every page to have something to show, little enough to start within a minute.
CUSTOMERS = "100"
START_SECONDS = 240


class Product:
    """A running demo at `url`.

    `RAPPORT_TEST_DEMO=http://127.0.0.1:8000` names one that runs already, with its data folder in
    `RAPPORT_TEST_DEMO_DATA`: that saves the start while writing tests.
    """

    def __init__(self) -> None:
        self.url = os.environ.get("RAPPORT_TEST_DEMO", "").rstrip("/")
        self.data = Path(
            os.environ.get("RAPPORT_TEST_DEMO_DATA") or tempfile.mkdtemp(prefix="rapport-story-")
        )
        self.output: list[str] = []
        # What `tests.browser.visits` saw on each page, by path.
        self.visits: dict[str, Any] = {}
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Product:
        """Returns once a person can use it; raises RuntimeError with what it printed when that does not come."""
        if self.url:
            return self
        command = [*_rapport(), "demo", "--port", "0", "--data", str(self.data), "--no-browser"]
        self._process = subprocess.Popen(
            [*command, "--limit", CUSTOMERS],
            env=self._environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            try:
                line = self._lines.get(timeout=1)
            except queue.Empty:
                continue
            if line is None:
                break
            if match := re.match(r"ready (http://\S+)", line):
                self.url = match[1].rstrip("/")
                return self
        self.stop()
        raise RuntimeError("the demo did not get ready:\n" + "".join(self.output[-40:]))

    def run(self, *arguments: str, given: str = "") -> str:
        """What a `rapport` command beside the running server prints."""
        done = subprocess.run(
            [*_rapport(), *arguments], env=self._environment(), input=given, text=True, capture_output=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"rapport {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def create_owner(self) -> None:
        """An owner with OWNER and PASSWORD, made at the command line beside the running server."""
        try:
            self.run(
                "user", "create", "--email", OWNER, "--role", "owner", "--password-stdin", given=PASSWORD
            )
        except AssertionError as error:
            if self._process is not None or "already" not in str(error):
                raise

    def stop(self) -> int | None:
        """Ends it as a service manager would; the exit code, or None when it was not ours to end."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise RuntimeError("the demo did not stop within 30 s:\n" + "".join(self.output[-20:])) from None
        finally:
            fallen = self._fallen()
            shutil.rmtree(self.data, ignore_errors=True)
            assert not fallen, fallen

    def _fallen(self) -> str:
        """What the supervisor and the log say of a process that fell over and was started again, which none may."""
        names = re.findall(r"(\w+) ended with status", "".join(self.output))
        logs = [(self.data / "logs" / f"{name.lower()}.log") for name in names]
        return "".join(self.output[-20:]) * bool(names) + "".join(
            log.read_text()[-3000:] for log in logs if log.exists()
        )

    def sign_in(self, browser: Browser, **options: object) -> BrowserContext:
        """A context in which the owner is signed in, by the sign-in page."""
        context = browser.new_context(base_url=self.url, user_agent=person_agent(browser), **options)
        sign_in(context.new_page())
        return context

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.output.append(line)
            self._lines.put(line)
        self._lines.put(None)

    def _environment(self) -> dict[str, str]:
        dropped = {"DATABASE_URL", "CLICKHOUSE_URL", "NATS_URL", "DJANGO_SETTINGS_MODULE"}
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in dropped and not name.startswith("RAPPORT_")
        }
        return kept | {"RAPPORT_DATA": str(self.data), "RAPPORT_JUDGE_AFTER": "1", "PYTHONUNBUFFERED": "1"}


def person_agent(browser: Browser) -> str:
    """The user agent of a person's Chromium: one that says it has no screen is rightly taken for a machine."""
    page = browser.new_page()
    agent: str = page.evaluate("navigator.userAgent")
    page.close()
    return agent.replace("HeadlessChrome", "Chrome")


def _rapport() -> list[str]:
    beside = Path(sys.executable).with_name("rapport")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "rapport"]


def sign_in(page: Page, email: str = OWNER, password: str = PASSWORD) -> None:
    """Fills in the sign-in page and waits for what comes after it."""
    page.goto("/account/login/")
    page.get_by_label(re.compile(r"^e-?mail", re.I)).first.fill(email)
    page.get_by_label(re.compile(r"^password", re.I)).first.fill(password)
    page.get_by_role("button", name=re.compile(r"sign in|log in", re.I)).first.click()
    page.wait_for_url(lambda url: "/account/login" not in url)
