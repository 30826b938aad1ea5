"""A message can be seen as it was sent, whatever changed since."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from rapport.messaging.models import Delivery
from rapport.messaging.services import personal_data
from rapport.messaging.services.as_sent import as_sent


def test_it_shows_what_was_sent_though_person_and_template_changed(
    page: Any, consenting: Any, order: Any, work: Any, sink: Any, template: Any
) -> None:
    ada = consenting("ada", city="Bath")
    template.subject = "Hi {{ person.first_name }} of {{ person.city }}"
    template.save()
    order()
    work()
    type(ada).objects.filter(pk=ada.pk).update(name="Grace", traits={"city": "York"})
    delivery = Delivery.objects.get()
    sent = as_sent(delivery)
    assert sent is not None
    assert (sent.subject, delivery.context["person"]["city"]) == ("Hi Ada of Bath", "Bath")
    assert "/e/c/" not in sent.html
    assert "https://shop.example/about" in sent.html
    assert "Hi Ada of Bath" in page.get(reverse("messaging:delivery", args=[delivery.pk])).content.decode()
    shown = page.get(reverse("messaging:delivery-content", args=[delivery.pk]))
    assert shown.content.decode() == sent.html
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_only_what_the_message_reads_is_kept(consenting: Any, order: Any, work: Any) -> None:
    consenting("ada", city="Bath", shoe_size=44)
    order()
    work()
    assert "shoe_size" not in Delivery.objects.get().context["person"]


def test_of_what_was_not_sent_or_is_forgotten_nothing_is_shown(
    page: Any, consenting: Any, order: Any, work: Any
) -> None:
    ada = consenting("ada")
    consenting("bob", consent="withdrawn")
    order()
    work()
    skipped = Delivery.objects.get(state="skipped")
    assert page.get(reverse("messaging:delivery-content", args=[skipped.pk])).status_code == 404
    personal_data.erase([ada.pk])
    forgotten = Delivery.objects.get(state="sent")
    assert as_sent(forgotten) is None
    assert page.get(reverse("messaging:delivery-content", args=[forgotten.pk])).status_code == 404
