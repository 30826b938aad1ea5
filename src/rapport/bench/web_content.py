"""`bench web`: what visitors wait for, asked one at a time: a landing page, a form that is sent, a decision for a slot.

Each beside `bare`: an answer of the same server, over the same connection, that asks no engine anything.
"""

from __future__ import annotations

import datetime as dt
import http.client
import os
import time
import uuid
from typing import Any
from urllib.parse import urlencode, urlsplit

from rapport.bench.rig import Rig, percentile

ROUNDS, PEOPLE, BATCH = 300, 100_000, 5_000
KEY = "wk_bench"
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def measure(rig: Rig, people: int) -> dict[str, Any]:
    """Milliseconds: {"landing_unknown": {"p50", "p95"}, …}."""
    os.environ["RAPPORT_DATA"] = str(rig.data)
    import django

    django.setup()
    form, version = made(people)
    asker = Asker(rig.url)
    sent = {"rapport_version": version}
    slot = f"/v1/slots?ids=hero&writeKey={KEY}&anonymousId=v"
    paths: dict[str, Any] = {
        "bare": lambda _number: ("GET", "/healthz", {}),
        "landing_unknown": lambda _number: ("GET", "/p/bench", {}),
        "landing_recognised": lambda number: ("GET", f"/p/bench?rapport_visitor=v{number % people}", {}),
        "form_submit": lambda number: ("POST", f"/f/{form}", {**sent, "email": f"b{number}@example.org"}),
        "slot_decision": lambda number: ("GET", f"{slot}{number % people}", {}),
    }  # fmt: skip
    figures = {name: asker.timed(make) for name, make in paths.items()}
    return {"figures": figures, "sizes": {"rounds": ROUNDS, "people": people}}


class Asker:
    """One browser after the other, over one connection; each seems to come from a network of its own."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self.link = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)

    def timed(self, make: Any) -> dict[str, float]:
        for number in range(20):
            self._once(number, *make(number))
        times = [self._once(number, *make(number)) for number in range(20, 20 + ROUNDS)]
        return {"p50_ms": round(percentile(times, 50), 1), "p95_ms": round(percentile(times, 95), 1)}

    def _once(self, number: int, method: str, path: str, values: dict[str, str]) -> float:
        headers = {"X-Forwarded-For": f"10.{number // 200}.{number % 200}.1"}
        if values:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self.link.request(method, path, urlencode(values) or None, headers)
        answer = self.link.getresponse()
        answer.read()
        if answer.status not in {200, 303}:
            raise RuntimeError(f"{path} answered {answer.status}")
        return (time.perf_counter() - began) * 1000


def made(people: int) -> tuple[str, str]:
    """The key and the version of a form that stands on a landing page, beside a slot with a test and a segment."""
    from rapport.content.landing import services as pages
    from rapport.content.landing import starting
    from rapport.content.onsite import services as messages
    from rapport.content.web import services as forms
    from rapport.core.access import system
    from rapport.events.models import Source

    actor = system("bench")
    Source.objects.create(name="bench", kind="website", write_key=KEY, created_at=START)
    form = forms.begun(actor=actor, name="Bench", language="en")
    definition = starting.definition("newsletter", "en", START, form=form.key)
    row = pages.create(
        actor=actor, values={"slug": "bench", "name": "Bench", "language": "en", "definition": definition}
    )
    pages.publish(actor=actor, page_id=row.pk)
    for number in range(5):
        values = {"name": f"m{number}", "title": "{{ person.name }}", "format": "slot", "slot": "hero"}
        message = messages.create(actor=actor, values=values)
        messages.launch(actor=actor, message_id=message.pk)
    _people(people)
    return form.key, str(form.version)


def _people(count: int) -> None:
    from rapport.people.models import Identifier, Person

    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        rows = [
            Person(id=uuid.uuid4(), name=f"Person {n}", first_seen_at=START, last_seen_at=START)
            for n in numbers
        ]
        Person.objects.bulk_create(rows)
        Identifier.objects.bulk_create(
            Identifier(person=row, type="anonymous_id", value=f"v{n}", first_seen_at=START)
            for n, row in zip(numbers, rows, strict=True)
        )
