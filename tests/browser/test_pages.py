"""Every page that links lead to: accessible in both themes, quiet console, nothing wider than a phone, light."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser

from tests.browser import visits
from tests.browser.product import Product
from tests.browser.visits import PHONE, Visit

LIMITS = {"script": 60 * 1024, "stylesheet": 40 * 1024}
ROOMS = ("people", "segments", "campaigns", "templates", "data", "settings", "shop", "styleguide")


@pytest.fixture(scope="module")
def seen(product: Product, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Visit]:
    return visits.of(product, browser, tmp_path_factory.mktemp("furniture"))


def nothing(findings: dict) -> None:
    kept = {path: what for path, what in findings.items() if what}
    assert not kept, json.dumps(kept, indent=1)


@pytest.mark.parametrize("room", ROOMS)
def test_links_lead_to_every_room(seen: dict[str, Visit], room: str) -> None:
    assert any(path.startswith(f"/{room}") for path in seen), list(seen)


def test_axe_finds_nothing_in_the_light(seen: dict[str, Visit]) -> None:
    """On half of the pages; tomorrow on the others."""
    looked = {path: visit.light for path, visit in seen.items() if visit.light is not None}
    assert len(looked) > len(seen) / 3
    nothing(looked)


def test_axe_finds_nothing_in_the_dark(seen: dict[str, Visit]) -> None:
    """On a fifth of the pages, every day another."""
    looked = {path: visit.dark for path, visit in seen.items() if visit.dark is not None}
    assert len(looked) > len(seen) / 8
    nothing(looked)


def test_the_console_stays_quiet_and_the_policy_is_kept(seen: dict[str, Visit]) -> None:
    nothing({path: visit.console_errors for path, visit in seen.items()})


def test_every_page_is_light(seen: dict[str, Visit]) -> None:
    assert any(visit.weight["script"] for visit in seen.values()), "nothing was weighed"
    nothing(
        {
            path: visit.weight if any(visit.weight[kind] > LIMITS[kind] for kind in LIMITS) else None
            for path, visit in seen.items()
        }
    )


def test_no_page_is_wider_than_a_small_phone(seen: dict[str, Visit]) -> None:
    assert any(visit.width for visit in seen.values()), "nothing was measured"
    nothing({path: visit.width if visit.width > PHONE["width"] else None for path, visit in seen.items()})
