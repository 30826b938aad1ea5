"""Landing pages: what visitors get, who is recognised, what is counted, what can do no harm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.templatetags.static import static
from django.utils import translation

from rapport.content.landing import drawing, services, starting, trials
from rapport.content.landing.hosts import inner
from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.tests.conftest import START
from rapport.content.tests.test_web_forms import form  # noqa: F401 - a fixture
from rapport.content.web.models import FormSubmission
from rapport.core.clock import VirtualClock
from rapport.core.models import OutboxEvent
from rapport.core.ui import formats
from rapport.experiments.models import Exposure
from rapport.experiments.services import experiments
from rapport.people.models import Identifier, Person

SOURCES = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db
HERO = {"kind": "hero", "title": "Hello {{ person.first_name | default: 'you' }}"}


@pytest.fixture
def landing(actor):
    def make(*blocks, slug="sale", live=True, **values) -> LandingPage:
        own = {key: values.pop(key) for key in ("host", "language") if key in values}
        definition = {"blocks": list(blocks or (HERO,)), **values}
        row = services.create(
            actor=actor, values={"slug": slug, "name": "Sale", "definition": definition, **own}
        )
        return services.publish(actor=actor, page_id=row.pk) if live else row

    return make


@pytest.fixture
def ada(new_person):
    row = new_person("ada", first_name="Ada <b>")
    Identifier.objects.create(
        person=row, type="anonymous_id", value="anon-ada", first_seen_at=START, is_vouched=True
    )
    return row


def get(client, address="/p/sale", **headers):
    answer = client.get(address, **headers)
    return answer, answer.content.decode()


def test_an_unknown_visitor_gets_what_caches_may_keep(client, landing, django_assert_max_num_queries):
    landing(title="Winter & sale", description="All <reduced>", image="/i/x.png")
    get(client)
    with django_assert_max_num_queries(1):
        answer, page = get(client)
    assert answer.headers["Cache-Control"].startswith("public, max-age=60")
    assert not answer.cookies
    address = "http://127.0.0.1:8000"
    for words in (
        "<title>Winter &amp; sale</title>",
        'content="All &lt;reduced&gt;"',
        "Hello you",
        "index, follow",
        f'canonical" href="{address}/p/sale"',
        f'og:image" content="{address}/i/x.png"',
    ):
        assert words in page
    again, body = get(client, HTTP_IF_NONE_MATCH=answer.headers["ETag"])
    assert (again.status_code, body) == (304, "")


def test_a_page_without_a_language_is_kept_in_each(client, landing):
    landing({"kind": "text", "title": "Hi"})
    for language in ("en", "de", "en"):
        page = get(client, HTTP_ACCEPT_LANGUAGE=language)[1]
        assert f'<html lang="{language}' in page


def test_a_visitor_whom_the_tracker_knows_is_greeted_and_their_name_is_text(client, landing, ada):
    landing()
    client.cookies["rapport_aid"] = "anon-ada"
    answer, page = get(client)
    assert "Hello Ada" in page
    assert "Ada <b>" not in page
    assert answer.headers["Cache-Control"] == "private, no-store"
    _answer, page = get(client, HTTP_SEC_GPC="1")
    assert "Hello you" in page


def test_a_draft_is_shown_to_nobody_and_a_change_only_when_published(client, landing, actor):
    row = landing(live=False)
    assert get(client)[0].status_code == 404
    services.publish(actor=actor, page_id=row.pk)
    assert "Hello" in get(client)[1]
    services.change(
        actor=actor, page_id=row.pk, values={"definition": {"blocks": [{"kind": "text", "title": "Two"}]}}
    )
    assert "Two" not in get(client)[1]
    services.publish(actor=actor, page_id=row.pk)
    assert "Two" in get(client)[1]
    services.unpublish(actor=actor, page_id=row.pk)
    assert get(client)[0].status_code == 404


@pytest.mark.parametrize(
    "block",
    [
        {"kind": "hero", "label": "Go", "url": "javascript:alert(1)"},
        {"kind": "hero", "label": "Go", "url": "//evil.example"},
        {"kind": "hero", "label": "Go", "url": "https://shop.example@evil.example/"},
        {"kind": "image", "image": "data:image/svg+xml,<svg onload=alert(1)>", "alt": "x"},
        {"kind": "text", "title": "{{ person.name"},
        {"kind": "text", "title": "{% include 'x' %}"},
        {"kind": "form", "form": "missing"},
        {"kind": "countdown", "until": "soon"},
        {"kind": "script"},
    ],
)
def test_what_could_do_harm_or_nothing_is_not_kept(landing, block):
    with pytest.raises(ValidationError):
        landing(block)


def test_what_visitors_bring_along_is_never_run(client, landing, form):  # noqa: F811
    row = form(fields=[{"name": "email", "kind": "email", "label": "Email", "trait": "email"},
                       {"name": "utm", "kind": "hidden", "parameter": "utm_source"}])  # fmt: skip
    landing({"kind": "text", "title": "<script>alert(1)</script>"}, {"kind": "form", "form": row.key})
    page = get(client, "/p/sale?utm_source=%7B%7B%20workspace.name%20%7D%7D%22%3E%3Cscript%3E")[1]
    assert "<script>alert" not in page
    assert "&quot;&gt;&lt;script&gt;" in page
    assert "{{ workspace.name }}" in page


def test_a_form_in_it_is_sent_without_a_script_and_counts_for_its_version(client, landing, form):  # noqa: F811
    key = form().key
    row = landing({"kind": "form", "form": key})
    page = get(client)[1]
    assert "rapport_token" not in hidden(page)
    sent = client.post(
        f"/f/{key}",
        {**hidden(page), "email": "a@example.org"},
        HTTP_REFERER="http://testserver/p/sale?utm_source=flyer",
    )
    assert sent.status_code == 303
    answer = FormSubmission.objects.get()
    assert (answer.landing_id, answer.reasons, answer.campaign) == (row.live_id, [], {"source": "flyer"})


def test_a_browser_counts_views_and_a_known_one_tells_of_them(client, landing, ada):
    row = landing()
    address = f"/p/sale/seen.gif?v={row.live_id}"
    assert client.get(address)["Content-Type"] == "image/gif"
    assert not OutboxEvent.objects.exists()
    client.cookies["rapport_aid"] = "anon-ada"
    client.get(address)
    client.get("/p/sale/seen.gif?v=rubbish")
    client.get(f"/p/other/seen.gif?v={row.live_id}")
    assert LandingVersion.objects.get(pk=row.live_id).views == 2
    assert b"Page Viewed" in bytes(OutboxEvent.objects.get().payload)


@pytest.fixture
def tried(landing, actor, form):  # noqa: F811
    """The key of the form on a page of which two versions are tested, and the test."""
    key = form().key
    row = landing({"kind": "form", "form": key, "title": "One"})
    other = {"definition": {"blocks": [{"kind": "form", "form": key, "title": "Two"}]}}
    services.change(actor=actor, page_id=row.pk, values=other)
    return key, trials.start(actor=actor, page_id=row.pk, version=2)


def test_no_other_version_is_published_while_a_test_runs(tried, actor):
    row = LandingPage.objects.get()
    with pytest.raises(ValidationError, match="A test of this page runs"):
        services.publish(actor=actor, page_id=row.pk, version=2)
    experiments.stop(actor=actor, experiment=tried[1])
    assert services.publish(actor=actor, page_id=row.pk, version=2).live.version == 2


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_a_test_shows_everybody_the_same(client, tried):
    seen = set()
    for number in range(12):
        agent = {"HTTP_USER_AGENT": f"browser {number}"}
        first, second = get(client, **agent)[1], get(client, **agent)[1]
        assert ("One" in first, "Two" in first) == ("One" in second, "Two" in second)
        seen.add("One" in first)
        client.get("/p/sale/seen.gif?v=" + first.split("seen.gif?v=")[1][:36], **agent)
    assert seen == {True, False}
    assert Exposure.objects.filter(experiment=tried[1], person=None).count() == 12


def test_an_answer_counts_for_the_version_that_was_seen(client, tried, live):
    page = get(client)[1]
    client.get("/p/sale/seen.gif?v=" + page.split("seen.gif?v=")[1][:36])
    client.post(f"/f/{tried[0]}", {**hidden(page), "email": "ada@example.org"})
    live.settle()
    met = Exposure.objects.get()
    assert met.person == Person.objects.get(email="ada@example.org")


def test_the_winner_of_a_test_is_shown_to_everybody(landing, actor):
    row = landing()
    services.change(
        actor=actor, page_id=row.pk, values={"definition": {"blocks": [{"kind": "text", "title": "Two"}]}}
    )
    trials.start(actor=actor, page_id=row.pk, version=2)
    trials.decided(str(row.pk), "2", VirtualClock(row.created_at))
    row.refresh_from_db()
    assert row.live.version == 2


def test_a_domain_of_its_own_has_its_pages_and_nothing_else(client, landing, settings):
    settings.ALLOWED_HOSTS = ["testserver", "offers.example.com"]
    settings.PAGE_HOSTS = frozenset({"offers.example.com"})
    landing(slug="home", host="offers.example.com")
    landing(slug="else", host="other.example.com")
    assert inner("/readyz") == "/readyz"
    own = {"HTTP_HOST": "offers.example.com"}
    assert 'rel="canonical" href="https://offers.example.com/"' in get(client, "/", **own)[1]
    statuses = [
        get(client, path, **own)[0].status_code
        for path in ("/home", "/else", "/people/", "/api/v1/people", "/account/login/")
    ]
    assert statuses == [200, 404, 404, 404, 404]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("design", ["launch", "newsletter", "sale", "event", "guide", "empty"])
def test_every_starting_point_is_a_page(client, landing, form, clock, design, language):  # noqa: F811
    given = starting.definition(design, language, clock.now(), form=form().key)
    landing(*given.pop("blocks"), language=language, **given)
    assert f'<html lang="{language}">' in get(client)[1]


def test_the_sitemap_lists_what_is_meant_to_be_found(client, landing):
    landing(in_sitemap=True)
    landing(slug="hidden")
    page = get(client, "/p/sitemap.xml")[1]
    assert "/p/sale" in page
    assert "/p/hidden" not in page


def test_the_editor_saves_redraws_and_replaces_nothing_unseen(page, landing, actor):
    row = landing()
    address, given = f"/pages/{row.pk}/", {
        "name": "Sale", "slug": "sale", "language": "en", "version": "1", "row": ["b1"], "b1-kind": "faq",
        "b1-entries": "When?\nNow.\n\nWhere?", "b1-title": "Questions <b>",
    }  # fmt: skip
    assert "<html" not in page.post(f"{address}?redraw=1", given).content.decode()
    redrawn = page.post(f"{address}?redraw=1", {**given, "action": "add:footer"}).content.decode()
    assert (redrawn.count('name="row"'), "Questions &amp;lt;b&amp;gt;" in redrawn) == (2, True)
    assert page.post(address, given).status_code == 302
    assert LandingPage.objects.get().definition["blocks"][0]["entries"][1] == {"title": "Where?"}
    assert b"meanwhile" in page.post(address, given).content
    assert page.post(address, {**given, "b1-title": "", "version": "2"}).status_code == 302


def test_the_pictures_of_designs_are_files_by_their_whole_name(page):
    text = page.get("/pages/new/").content.decode()
    for design in starting.designs("en"):
        assert static(f"content/landing/{design.key}.webp") in text
    folder = re.compile(r"static '[^']*/' %}")
    assert not [
        file for file in SOURCES.rglob("templates/**/*.html") if folder.search(file.read_text("utf-8"))
    ]


def test_many_texts_may_do_what_one_may(landing):
    busy = "{% for i in (1..4000) %}{{ i | times: 3 | append: 'a' | upcase | size }}{% endfor %}"
    row = landing(
        {"kind": "text", "title": "Kept {{ 1 | plus: 1 }}"}, *[{"kind": "text", "title": busy}] * 35
    )
    drawn = drawing.draw(row, row.live, {}, drawing.Visit(), START)
    assert "Kept 2" in drawn
    assert drawn.count("<h2") < 20  # a text that may do no more is left out


@pytest.mark.parametrize("language", ["xx", "zz-ZZ"])
def test_a_language_that_nobody_knows_is_refused_and_one_kept_before_does_no_harm(landing, language):
    with pytest.raises(ValidationError, match="language"):
        landing(language=language)
    with translation.override(language):
        assert formats.number(1234) == "1,234"


def test_a_countdown_that_names_a_zone_is_refused_not_shifted(landing):
    landing({"kind": "countdown", "until": "2027-01-01T00:00"})
    with pytest.raises(ValidationError):
        landing({"kind": "countdown", "until": "2027-01-01T00:00+14:00"}, slug="later")
