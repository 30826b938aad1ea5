"""How many of those who match may be written to."""

import json

from django.urls import reverse

from rapport.core.clock import SYSTEM
from rapport.governance.models import Purpose
from rapport.governance.services import consent


def test_the_reachable_have_an_address_and_consented(live, page, actor, person):
    Purpose.objects.get_or_create(key="newsletter", defaults={"name": "Newsletter"})
    ada, _bob = person(email="ada@example.org"), person(email="bob@example.org")
    granted = {"purpose": "newsletter", "channel": "email", "state": "granted", "source": "test"}
    consent.record(actor=actor, person_id=ada.pk, at=SYSTEM.now(), **granted)
    live.settle()
    form = {"mode": "json", "json": json.dumps({"all": []})}
    html = page.post(reverse("segments:reach"), form).content.decode()
    assert "<dd>1</dd>" in html


def test_what_is_not_finished_reaches_nobody_yet(live, page):
    answer = page.post(reverse("segments:reach"), {"mode": "json", "json": "{"})
    assert answer.status_code == 200
    assert "<dd>" not in answer.content.decode()
