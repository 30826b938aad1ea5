"""Scripts for other people's pages: the tracker's size, the rules its stripping relies on, and how they are served."""

from __future__ import annotations

import gzip

import brotli
import pytest
from django.test import RequestFactory

from rapport.core.services.scripts import strip
from rapport.events.models import Source
from rapport.events.services import scripts
from rapport.events.views import scripts as views

LIMIT = 6 * 1024
SNIPPET = "/analytics.js/v1/wk_site/analytics.min.js"
BUNDLE = next(name for name in scripts.bundles() if name.startswith("auto-track"))
ANSWERS = {
    "tracker": lambda **headers: views.tracker(RequestFactory().get("/rapport.js", headers=headers)),
    "bundle": lambda **headers: views.bundle(RequestFactory().get("/", headers=headers), BUNDLE),
}


@pytest.fixture(params=ANSWERS)
def get(request):
    return ANSWERS[request.param]


@pytest.fixture
def source(db):
    return Source.objects.create(name="site", write_key="wk_site", allowed_origins=["https://shop.example"])


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_the_tracker_weighs_at_most_six_kilobytes_compressed(encoding: str) -> None:
    assert len(scripts.tracker(encoding).body) <= LIMIT


def test_the_source_keeps_the_rules_that_make_stripping_safe() -> None:
    source = scripts.TRACKER.read_text()
    assert "/*" not in source
    assert all(line.count("`") % 2 == 0 and not line.endswith("\\") for line in source.splitlines())


def test_stripping_leaves_code_and_addresses_in_strings_alone() -> None:
    source = "// why\n  const url = 'https://a.test'; // kept\n\n  go(url);\n"
    assert strip(source) == "const url = 'https://a.test'; // kept\ngo(url);\n"


@pytest.mark.parametrize(
    ("accept", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0", None), ("", None)]
)
def test_the_best_accepted_encoding_is_served(get, accept: str, encoding: str | None) -> None:
    assert get(**{"Accept-Encoding": accept}).get("Content-Encoding") == encoding


def test_each_encoding_holds_the_same_script(get) -> None:
    plain = get().content
    assert brotli.decompress(get(**{"Accept-Encoding": "br"}).content) == plain
    assert gzip.decompress(get(**{"Accept-Encoding": "gzip"}).content) == plain


def test_a_script_may_be_loaded_from_every_site_and_cached(get) -> None:
    response = get()
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Vary"] == "Accept-Encoding"
    assert "max-age=" in response["Cache-Control"]


def test_a_known_script_is_not_sent_again(get) -> None:
    response = get(**{"If-None-Match": get()["ETag"]})
    assert response.status_code == 304
    assert response.content == b""


def test_the_tracker_is_only_read() -> None:
    assert views.tracker(RequestFactory().post("/rapport.js")).status_code == 405


def test_segments_client_has_the_key_of_its_path_and_our_addresses(client, source, settings) -> None:
    settings.PUBLIC_URL = "https://crm.example.org"
    answer = client.get(SNIPPET)
    script = answer.content.decode()
    assert (answer.status_code, script.count('"wk_site"')) == (200, 1)
    assert '"https://crm.example.org/analytics-next/bundles/"' in script
    assert '"crm.example.org/v1"' in script
    assert "segment.com/analytics" not in script
    assert "segment.io" not in script
    assert answer["Cache-Control"] == views.SOURCE_CACHE_CONTROL


def test_segments_client_finds_each_part_it_may_load(client) -> None:
    script = (scripts.ANALYTICS_JS / "standalone.js").read_text()
    for name in scripts.bundles():
        digest = name.split(".")[-2]
        assert digest in script
        answer = client.get(f"/analytics-next/bundles/{name}")
        assert (answer.status_code, answer["Cache-Control"]) == (200, views.FOREVER)


@pytest.mark.parametrize(
    "path",
    [
        "/analytics.js/v1/wk_nobody/analytics.min.js",
        "/analytics.js/v1/wk_site%00/analytics.min.js",
        "/analytics.js/v1/%22;alert(1);%22/analytics.min.js",
        "/analytics-next/bundles/standalone.js",
        "/analytics-next/bundles/..%2F..%2Fapps.py",
        "/analytics-next/bundles/x%00.js",
    ],
)
def test_what_there_is_not_is_not_found(client, source, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_source_that_is_switched_off_has_no_script(client, source) -> None:
    source.disabled_at = source.created_at
    source.save()
    answer = client.get(SNIPPET)
    assert (answer.status_code, answer["Cache-Control"], answer["Access-Control-Allow-Origin"]) == (
        404, "no-store", "*",
    )  # fmt: skip
