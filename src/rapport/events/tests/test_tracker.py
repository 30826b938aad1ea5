"""The tracker's file: its size, the rules its stripping relies on, and how it is served."""

from __future__ import annotations

import gzip

import brotli
import pytest
from django.test import RequestFactory

from rapport.events.views import tracker

LIMIT = 6 * 1024


def get(**headers: str):
    return tracker.tracker(RequestFactory().get("/rapport.js", headers=headers))


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_the_tracker_weighs_at_most_six_kilobytes_compressed(encoding: str) -> None:
    assert len(tracker.encoded(encoding).body) <= LIMIT


def test_the_source_keeps_the_rules_that_make_stripping_safe() -> None:
    source = tracker.SOURCE.read_text()
    assert "/*" not in source
    assert all(line.count("`") % 2 == 0 and not line.endswith("\\") for line in source.splitlines())


def test_stripping_leaves_code_and_addresses_in_strings_alone() -> None:
    source = "// why\n  const url = 'https://a.test'; // kept\n\n  go(url);\n"
    assert tracker.strip(source) == "const url = 'https://a.test'; // kept\ngo(url);\n"


@pytest.mark.parametrize(
    ("accept", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0", None), ("", None)]
)
def test_the_best_accepted_encoding_is_served(accept: str, encoding: str | None) -> None:
    assert get(**{"Accept-Encoding": accept}).get("Content-Encoding") == encoding


def test_each_encoding_holds_the_same_script() -> None:
    plain = get().content
    assert brotli.decompress(get(**{"Accept-Encoding": "br"}).content) == plain
    assert gzip.decompress(get(**{"Accept-Encoding": "gzip"}).content) == plain


def test_the_tracker_may_be_loaded_from_every_site_and_cached() -> None:
    response = get()
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Vary"] == "Accept-Encoding"
    assert "max-age=86400" in response["Cache-Control"]


def test_a_known_script_is_not_sent_again() -> None:
    response = get(**{"If-None-Match": get()["ETag"]})
    assert response.status_code == 304
    assert response.content == b""


def test_the_tracker_is_only_read() -> None:
    assert tracker.tracker(RequestFactory().post("/rapport.js")).status_code == 405
