"""The preference centre beside its topics: rhythm, pause, language, rights, and how it looks."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rapport.core.models import Workspace
from rapport.core.services import branding
from rapport.governance import queries
from rapport.governance.models import ContactPreference, SubjectRequest
from rapport.governance.services import erasure, subject_requests
from rapport.governance.tests.conftest import person
from rapport.messaging.models import Delivery
from rapport.messaging.services import tokens
from rapport.people.models import Person
from rapport.portal.views import preferences as views

__all__ = ["person"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse")]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def ada(person: Any) -> Person:
    new: Person = person(name="Ada", email="ada@example.org")
    return new


def address(who: Person) -> str:
    return reverse(
        "portal:preferences",
        args=[tokens.preferences_url(who.pk, dt.datetime.now(dt.UTC)).rpartition("/")[2]],
    )


def test_frequency_pause_and_language_are_taken_and_shown_in_that_language(client: Any, ada: Person) -> None:
    given = {"what": "rhythm", "frequency": "week", "pause": "30", "language": "de"}
    page = client.post(address(ada), given).content.decode()
    assert queries.frequency_limits([ada.pk]) == {ada.pk: (1, 7)}
    now = dt.datetime.now(dt.UTC)
    assert dt.timedelta(29) < queries.paused_until([ada.pk], now)[ada.pk] - now < dt.timedelta(31)
    assert 'lang="de"' in page
    assert "Pause" in page
    client.post(address(ada), {"what": "rhythm", "pause": "none"})
    assert queries.paused_until([ada.pk], now) == {}
    assert queries.frequency_limits([ada.pk]) == {ada.pk: (1, 7)}


@pytest.mark.parametrize("given", [
    {"frequency": "hourly"}, {"pause": "-1"}, {"pause": "99999999"}, {"language": "xx"}, {"language": "../de"}, {},
])  # fmt: skip
def test_what_is_no_choice_changes_nothing(client: Any, ada: Person, given: dict[str, str]) -> None:
    assert client.post(address(ada), {"what": "rhythm", **given}).status_code == 200
    assert not ContactPreference.objects.filter(pk=ada.pk, messages__isnull=False).exists()
    assert not queries.paused_until([ada.pk], dt.datetime.now(dt.UTC))


def test_looking_changes_nothing_whatever_the_address_asks_for(client: Any, ada: Person) -> None:
    for method in (client.get, client.head):
        assert method(address(ada), {"what": "erasure", "pause": "90"}).status_code == 200
    assert not SubjectRequest.objects.exists()
    assert not ContactPreference.objects.exists()


def test_a_request_is_entered_once_and_answered_by_what_is_done(client: Any, actor: Any, ada: Person) -> None:
    for _ in range(2):
        client.post(address(ada), {"what": "export"})
    request = SubjectRequest.objects.get()
    assert (request.kind, request.person_id, request.is_open) == ("export", ada.pk, True)
    erasure.export(actor=actor, person_id=ada.pk)
    request.refresh_from_db()
    assert request.completed_at
    assert queries.open_requests(ada.pk) == set()


def test_a_correction_keeps_their_words_until_it_is_answered_or_they_are_forgotten(
    client: Any, page: Any, actor: Any, ada: Person
) -> None:
    for words in ("My name is Lovelace", "My name is Lovelace", "and I moved"):
        client.post(address(ada), {"what": "rectification", "details": words})
    request = SubjectRequest.objects.get()
    assert request.details == "My name is Lovelace\nand I moved"
    shown = page.get(f"/settings/privacy-requests/{request.pk}/").content.decode()
    assert "My name is Lovelace" in shown
    page.post(f"/settings/privacy-requests/{request.pk}/", {"note": "Corrected"})
    request.refresh_from_db()
    assert (request.is_open, request.receipt["answer"]) == (False, "Corrected")
    erasure.erase(actor=actor, person_id=ada.pk)
    request.refresh_from_db()
    assert request.details == ""


def test_the_link_of_an_erased_person_says_so_and_takes_nothing(client: Any, actor: Any, ada: Person) -> None:
    link = address(ada)
    client.post(link, {"what": "erasure"})
    erasure.erase(actor=actor, person_id=ada.pk)
    assert not SubjectRequest.objects.filter(completed_at=None).exists()
    for answer in (client.get(link), client.post(link, {"what": "rhythm", "pause": "30"})):
        assert answer.status_code == 410
        assert b"erased" in answer.content
        assert b"ada@" not in answer.content
    assert not ContactPreference.objects.exists()


def test_a_colleague_does_not_ask_in_the_name_of_a_person(actor: Any, ada: Person) -> None:
    with pytest.raises(PermissionDenied):
        subject_requests.ask(actor=actor, person_id=ada.pk, kind="export")


def test_a_flood_of_changes_is_held_off(client: Any, ada: Person) -> None:
    cache.clear()
    answers = [client.post(address(ada), {"what": "export"}).status_code for _ in range(views.PER_MINUTE + 2)]
    assert 429 in answers
    assert client.get(address(ada)).status_code == 200


def test_it_wears_the_colour_and_the_logo_of_the_business(client: Any, page: Any, ada: Person) -> None:
    assert b"brand.css" not in client.get(address(ada)).content
    Workspace.objects.create(name="Acme")
    form = {"brand_color": "#ffee00", "logo": SimpleUploadedFile("logo.png", PNG)}
    assert page.post("/settings/business/branding/", form).status_code == 302
    shown = client.get(address(ada)).content.decode()
    assert 'alt="Acme"' in shown
    assert "/brand.css" in shown
    assert client.get("/brand/logo").content == PNG
    assert "--accent" in client.get("/brand.css").content.decode()


@pytest.mark.parametrize(
    "file", [b"<svg onload=alert(1)>", b"GIF89a", PNG + bytes(branding.LARGEST), b"RIFFxxxxEVIL"]
)
def test_a_logo_is_a_picture_and_nothing_else(page: Any, file: bytes) -> None:
    answer = page.post("/settings/business/branding/", {"logo": SimpleUploadedFile("x.png", file)})
    assert answer.status_code == 422
    assert not Workspace.objects.exclude(logo_type="").exists()


@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#ffee00", "#1a73e8", "#777777", "#00ff00"])
def test_any_colour_is_made_readable(color: str) -> None:
    values = [text[1:] for text in re.findall(r"#[0-9a-f]{6}", branding.stylesheet(color))]
    light, dark, on_light, on_dark = (tuple(int(v[i : i + 2], 16) for i in (0, 2, 4)) for v in values)
    for first, second in ((light, (255,) * 3), (dark, (30, 32, 37)), (light, on_light), (dark, on_dark)):
        assert branding.contrast(first, second) >= 4.5  # type: ignore[arg-type]


def test_an_old_link_tells_nothing_and_has_a_new_one_sent_a_few_times_a_day(client: Any, ada: Person) -> None:
    Workspace.objects.update_or_create(id=1, defaults={"name": "Shop"})
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=366)
    old = reverse("portal:preferences", args=[tokens.preferences_url(ada.pk, long_ago).rpartition("/")[2]])
    shown = client.get(old)
    assert (shown.status_code, b"ada@example.org" in shown.content) == (410, False)
    assert not Delivery.objects.exists()
    for _ in range(5):
        assert client.post(old, {"what": "rhythm", "pause": "30"}).status_code == 200
    assert Delivery.objects.filter(person=ada, send__origin="preference_link").count() == 3
    assert not ContactPreference.objects.filter(pk=ada.pk).exists()
    assert client.get(address(ada)).status_code == 200
