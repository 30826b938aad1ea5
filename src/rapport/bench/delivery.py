"""`bench delivery`: personalised emails into a sink, beside what bare senders of finished bytes reach.

A campaign's worth of messages (Liquid, MJML, five tracked links) goes through ledger, gate and journal by the worker
as it always runs, without and with DKIM, by one sender process and by two. Meanwhile single messages are asked for, and
one run is halted. The sink is a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from rapport.bench import rig as rigs
from rapport.bench.rig import Rig, percentile
from rapport.bench.sinks import Sink
from rapport.core.clock import SYSTEM, Clock

PEOPLE = 10_000
SINGLE_MESSAGES = 40
DOMAIN = "shop.example"
LINKS = "".join(f'<mj-button href="https://shop.example/{n}">Offer {n}</mj-button>' for n in range(5))
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{ person.first_name }}, your points: "
    f"{{{{ person.points }}}}</mj-text>{LINKS}</mj-column></mj-section></mj-body></mjml>"
)


def measure(folder: Path, people: int) -> dict[str, Any]:
    """All figures; engines, worker and sink are of this run."""
    people = people or PEOPLE
    sink = Sink()
    os.environ["RAPPORT_SMTP_URL"] = sink.url
    try:
        with rigs.running(folder) as server:
            figures = _figures(server, sink, people)
    finally:
        sink.stop()
    sizes = {"people": people, "connections": _connections(), "links": 5}
    return {"figures": figures, "sizes": sizes}


def _figures(server: Rig, sink: Sink, people: int) -> dict[str, Any]:
    os.environ["RAPPORT_DATA"] = str(server.data)
    import django

    django.setup()
    from rapport.bench.mail_limits import measure as limits

    world = World(people)
    bare = limits(world, sink.url, _connections())
    start = {name: memory(server, name) for name in ("worker", "web")}
    plain = _campaign(sink, world)
    grown = {name: round(memory(server, name) - before, 1) for name, before in start.items()}
    with world.signing():
        signed = limits(world, sink.url, _connections())
        with_dkim = _campaign(sink, world)
    with _second_sender(server):
        doubled = _campaign(sink, world)
    return {
        "mails_per_second": round(plain),
        **_beside(plain, bare),
        "dkim_mails_per_second": round(with_dkim),
        **{f"dkim_{name}": value for name, value in _beside(with_dkim, signed).items()},
        "two_senders_of_one": round(doubled / plain, 2),
        "grew_mb": grown,
        "single_message_p95_ms": _singles(sink, world),
        "halt_to_last_message_ms": _halt(sink, world),
    }


def _beside(rate: float, bare: dict[str, float]) -> dict[str, float]:
    """The bare limits, and what share of each the rate is."""
    limits = {f"bare_{name}_per_second": float(round(limit)) for name, limit in bare.items()}
    return limits | {f"of_bare_{name}": round(rate / limit, 2) for name, limit in bare.items()}


class World:
    """So many persons who agreed to a newsletter, and a template for them."""

    def __init__(self, people: int, clock: Clock = SYSTEM) -> None:
        from rapport.channels.email.services import senders
        from rapport.content.services import templates
        from rapport.core.access import system
        from rapport.governance.models import Purpose

        self.actor, self.clock = system("bench"), clock
        self.purpose = Purpose.objects.get(key="newsletter")
        self.receipt, _created = Purpose.objects.get_or_create(
            key="receipt", defaults={"name": "Receipt", "basis": "contract"}
        )
        for stream in ("marketing", "transactional"):
            senders.set_sender(
                actor=self.actor, stream=stream, name="Shop", address=f"news@{DOMAIN}", reply_to=""
            )
        template = templates.create_template(
            actor=self.actor, name="Bench", subject="News for {{ person.first_name }}", mjml=MJML
        )
        self.version = templates.publish(actor=self.actor, template_id=template.pk)
        self.people = self._persons(people)

    def _persons(self, count: int) -> list[uuid.UUID]:
        from rapport.governance.models import Consent, ConsentRecord
        from rapport.people.models import Person

        now = self.clock.now()
        ids = [uuid.uuid4() for _ in range(count)]
        for start in range(0, count, 5_000):
            part = ids[start : start + 5_000]
            Person.objects.bulk_create(
                Person(
                    id=pk, name=f"Person {start + at}", email=f"p{start + at}@d{at % 50}.example",
                    traits={"first_name": f"Ada{at}", "points": at}, first_seen_at=now, last_seen_at=now,
                )
                for at, pk in enumerate(part)
            )  # fmt: skip
            lines = ConsentRecord.objects.bulk_create(
                ConsentRecord(
                    person_id=pk, purpose=self.purpose, channel="email", state="granted", at=now, source="bench",
                    actor="bench",
                )
                for pk in part
            )  # fmt: skip
            Consent.objects.bulk_create(
                Consent(
                    person_id=pk, purpose=self.purpose, channel="email", state="granted", at=now, record=line
                )
                for pk, line in zip(part, lines, strict=True)
            )
        return ids

    def order(self, *, people: list[uuid.UUID] | None = None, receipt: bool = False) -> Any:
        """A send to everybody (or `people`), held until all recipients are in."""
        from rapport.messaging.services import sends

        send = sends.order(
            actor=self.actor, origin="message", origin_id=f"{self.version.template_id}:{time.time_ns()}",
            purpose=self.receipt if receipt else self.purpose, channel="email", version=self.version,
        )  # fmt: skip
        if not receipt:
            sends.hold(actor=self.actor, send_id=send.pk)
        chosen = people or self.people
        for start in range(0, len(chosen), 10_000):
            recipients = [sends.Recipient(pk) for pk in chosen[start : start + 10_000]]
            sends.add_recipients(send=send, recipients=recipients, now=self.clock.now())
        sends.seal(send=send, now=self.clock.now())
        return send

    @contextmanager
    def signing(self) -> Iterator[None]:
        """While entered, the sending domain has a DKIM key that signs."""
        from rapport.channels.email.services import domains

        domain = domains.add_domain(actor=self.actor, name=DOMAIN)
        domains.start_signing(actor=self.actor, key=domain.keys.get(signing_since=None))
        try:
            yield
        finally:
            domain.keys.all().delete()


def _connections() -> int:
    from django.conf import settings

    return int(settings.SMTP_CONNECTIONS)


def _campaign(sink: Sink, world: World) -> float:
    """Messages a second from the first to the last one taken."""
    from rapport.messaging.services import sends

    send = world.order()
    sink.counts()
    sends.release(actor=world.actor, send_id=send.pk)
    taken = _taken(sink, len(world.people))
    return float((taken["taken"] - 1) / (taken["last"] - taken["first"]))


def _taken(sink: Sink, count: int, patience: float = 1800) -> dict[str, Any]:
    """What the sink counted once it has taken so many."""
    total: dict[str, Any] = {"taken": 0, "first": 0.0, "last": 0.0}
    until = time.monotonic() + patience
    while total["taken"] < count and time.monotonic() < until:
        time.sleep(0.5)
        seen = sink.counts()
        if seen["taken"]:
            total["first"] = total["first"] or seen["first"]
            total["taken"], total["last"] = total["taken"] + seen["taken"], seen["last"]
    if total["taken"] < count:
        raise TimeoutError(f"{total['taken']} of {count} messages were taken")
    return total


def _singles(sink: Sink, world: World) -> float:
    """Milliseconds from asking for a single message to its hand-over, while a campaign runs."""
    from rapport.messaging.models import Delivery
    from rapport.messaging.services import sends

    campaign = world.order()
    sends.release(actor=world.actor, send_id=campaign.pk)
    sink.counts()
    ids = []
    for person in world.people[:SINGLE_MESSAGES]:
        ids.append(world.order(people=[person], receipt=True).pk)
        time.sleep(0.05)
    _taken(sink, len(world.people) + SINGLE_MESSAGES)
    rows = Delivery.objects.filter(send__in=ids).values_list("queued_at", "handed_over_at")
    waits = [(handed - queued).total_seconds() * 1000 for queued, handed in rows if handed]
    return round(percentile(waits, 95), 1)


def _halt(sink: Sink, world: World) -> float:
    """Milliseconds from halting a running send to the last message that the sink took."""
    from rapport.messaging.services import sends

    send = world.order()
    sends.release(actor=world.actor, send_id=send.pk)
    time.sleep(1)
    sink.counts()
    time.sleep(0.5)
    halted_at = time.monotonic()
    sends.hold(actor=world.actor, send_id=send.pk)
    time.sleep(3)
    last = sink.counts()["last"]
    sends.cancel(actor=world.actor, send_id=send.pk)
    return float(round(max(0.0, last - halted_at) * 1000, 1))


def memory(server: Rig, name: str) -> float:
    """Megabytes of one of the server's processes."""
    processes = json.loads((server.data / "run" / "processes.json").read_text())
    return float(psutil.Process(processes[name]).memory_info().rss) / 2**20


@contextmanager
def _second_sender(server: Rig) -> Iterator[None]:
    """While entered, another worker process runs beside the server's own."""
    arguments = [sys.executable, "-m", "rapport.config.cli", "worker", "--part", "worker"]
    process = subprocess.Popen(
        [*arguments, "--data", str(server.data)],
        stdout=subprocess.DEVNULL,
        env={"RAPPORT_JOURNAL": str(server.data / "journal"), **os.environ},
    )
    time.sleep(4)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)
