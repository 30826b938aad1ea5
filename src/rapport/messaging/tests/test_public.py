"""The addresses inside messages, and who may change what through them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.content.models import Link
from rapport.core import crypto
from rapport.core.models import OutboxEvent
from rapport.governance.models import Consent, ConsentRecord
from rapport.messaging.models import Delivery, Engagement
from rapport.messaging.services import tokens
from rapport.messaging.tests import driving

pytestmark = pytest.mark.django_db
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"}


@pytest.fixture
def delivery(consenting: Any, order: Any, work: Any) -> Delivery:
    consenting("ada")
    order()
    work()
    return Delivery.objects.get()


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def consent() -> str:
    return Consent.objects.get(purpose__key="newsletter").state


def test_the_pixel_counts_once_per_delivery_with_its_reason(client: Any, delivery: Delivery) -> None:
    for _ in range(3):
        response = client.get(path(tokens.open_url(delivery.pk)), headers=BROWSER)
    driving.judge_all()
    assert response.headers["Content-Type"] == "image/gif"
    engagement = Engagement.objects.get()
    assert (engagement.kind, engagement.times, engagement.human_reasons) == ("open", 3, ["browser"])


def test_a_link_leads_to_its_stored_target_with_personal_parts(client: Any, delivery: Delivery) -> None:
    response = client.get(path(tokens.click_url(delivery.pk, 0)), headers=BROWSER)
    assert response.status_code == 302
    assert response.headers["Location"] == f"https://shop.example/sale?who={delivery.person_id}"


def test_a_click_is_told_as_an_event(client: Any, delivery: Delivery) -> None:
    client.get(path(tokens.click_url(delivery.pk, 1)), headers=BROWSER)
    driving.judge_all()
    payloads = [bytes(row.payload) for row in OutboxEvent.objects.all()]
    assert any(b"Message Clicked" in payload and b"shop.example/about" in payload for payload in payloads)


def test_head_requests_count_nothing(client: Any, delivery: Delivery) -> None:
    client.head(path(tokens.open_url(delivery.pk)))
    assert client.head(path(tokens.click_url(delivery.pk, 0))).status_code == 302
    driving.judge_all()
    assert not Engagement.objects.exists()


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_the_unsubscribe_address_changes_nothing(
    client: Any, delivery: Delivery, method: str
) -> None:
    response = getattr(client, method)(path(tokens.unsubscribe_url(delivery.pk)))
    assert response.status_code == 200
    assert consent() == "granted"


def test_one_click_unsubscribes_without_cookies_and_is_idempotent(delivery: Delivery) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    for _ in range(2):
        response = strict.post(path(tokens.unsubscribe_url(delivery.pk)), {"List-Unsubscribe": "One-Click"})
    assert (response.status_code, consent()) == (200, "withdrawn")
    assert not response.cookies
    driving.judge_all()
    assert Engagement.objects.filter(kind="unsubscribe").count() == 1


def test_the_header_of_the_mail_is_the_address_that_works(client: Any, delivery: Delivery, sink: Any) -> None:
    url = sink.message()["list-unsubscribe"].strip("<>")
    client.post(path(url), {"List-Unsubscribe": "One-Click"})
    assert consent() == "withdrawn"


@pytest.mark.parametrize("kind", ["e/o/{}.gif", "e/c/{}", "e/u/{}", "preferences/{}"])
def test_a_token_of_another_kind_is_refused(client: Any, delivery: Delivery, kind: str) -> None:
    for purpose in (tokens.OPEN, tokens.CLICK, tokens.UNSUBSCRIBE, tokens.PREFERENCES):
        forged = crypto.sign(purpose + "x", delivery.pk.bytes)
        assert client.post("/" + kind.format(forged)).status_code in {404, 405}
        assert client.get("/" + kind.format(forged)).status_code == 404
    assert consent() == "granted"


@given(st.text(st.characters(codec="utf-8", exclude_characters="/?#%\\"), min_size=1, max_size=120))
@settings(max_examples=60, deadline=None)
def test_garbage_is_never_a_server_error(token: str) -> None:
    from django.test import Client

    for place in ("/e/o/{}.gif", "/e/c/{}", "/e/u/{}", "/preferences/{}"):
        assert Client().get(place.format(token)).status_code in {400, 404}


def test_the_preference_page_shows_and_saves(client: Any, delivery: Delivery) -> None:
    url = path(tokens.preferences_url(delivery.person_id, delivery.queued_at))
    assert b"checked" in client.get(url).content
    assert consent() == "granted"
    client.post(url, {"nothing": "1"})
    assert consent() == "withdrawn"
    client.post(url, {"wanted": "newsletter/email"})
    assert consent() == "granted"
    assert ConsentRecord.objects.order_by("-id").first().proof["wording_sha256"]


def test_an_erased_person_has_no_preference_page(client: Any, delivery: Delivery) -> None:
    url = path(tokens.preferences_url(delivery.person_id, delivery.queued_at))
    type(delivery.person).objects.update(erased_at=delivery.queued_at)
    assert client.get(url).status_code == 410


def test_a_redirect_goes_to_a_uri_whatever_letters_its_target_has(client: Any, delivery: Delivery) -> None:
    Link.objects.filter(position=0).update(
        url="https://bücher.example/für alle?who={{ person.name | url_encode }}"
    )
    response = client.get(path(tokens.click_url(delivery.pk, 0)), headers=BROWSER)
    assert response.headers["Location"] == "https://xn--bcher-kva.example/f%C3%BCr%20alle?who=Ada"
