"""The demo's year as events in Segment's format: real orders, and the visits and mails generated around them.

Everything is a function of the data, `now` and `seed`: the same arguments give the same bytes, and message ids do
not depend on `now`, so what is loaded twice is stored once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import msgspec

from rapport.demo.seeding import dataset as data
from rapport.demo.seeding.calendar import Calendar, timestamp
from rapport.demo.seeding.customers import Customer, Person, Register, anonymous_id, seeded
from rapport.demo.seeding.dataset import Dataset, Invoice
from rapport.demo.seeding.mailings import mailings, received
from rapport.demo.seeding.render import Event, Renderer
from rapport.demo.seeding.sessions import PASSERS_BY, Website, consents
from rapport.demo.seeding.steps import Step

SEED = 20091201
BATCH_EVENTS, BATCH_BYTES = 2_000, 480_000
_encode = msgspec.json.Encoder().encode

# Unix time, a number that breaks ties and makes the message id, who, event name, about
Placed = tuple[int, int, Person, str, object]


class Year:
    """Collects the year's steps and places them in time."""

    def __init__(self, dataset: Dataset, now: dt.datetime, seed: int, customers: int | None = None) -> None:
        self._dataset, self._seed, self._customers = dataset, seed, customers
        self._calendar = Calendar(now)
        self._website = Website(dataset)
        self._mailings = mailings()
        self._count = 0
        self._ordered: dict[str, int] = {}
        self.placed: list[Placed] = []

    def collect(self) -> list[Placed]:
        """Every step of the year in time order."""
        register = Register(self._seed)
        everybody = sorted(self._dataset.by_customer.items())
        for number, invoices in everybody[: self._customers]:
            customer = register.customer(number, invoices)
            self._customer(customer)
            if again := register.second_record(customer):
                self._generated([(again.signed_up, again, "identify", again)])
        share = 1.0 if self._customers is None else min(1.0, self._customers / len(everybody))
        self._strangers(share)
        self.placed.sort()
        return self.placed

    def _strangers(self, share: float) -> None:
        """Guests and passers-by, as large a share of them as of the customers."""
        rng = seeded(f"{self._seed}:guests")
        for invoice in self._dataset.guests[: round(len(self._dataset.guests) * share)]:
            who = Person("", anonymous_id(rng))
            self._real(invoice, who, self._website.buying(invoice, who, rng, sign_up=False))
        for visit in self._website.passers_by(self._seed, round(PASSERS_BY * share)):
            self._generated(visit)

    def _customer(self, customer: Customer) -> None:
        rng = seeded(f"{self._seed}:{customer.number}:visits")
        for visit in self._website.before(customer, rng):
            self._generated(visit)
        agreed = list(consents(customer))
        for number, invoice in enumerate(customer.invoices or []):
            steps: list[Step] = []
            if not invoice.is_credit and invoice.products:
                steps = list(self._website.buying(invoice, customer, rng, sign_up=number == 0))
            elif number == 0:
                steps = [(customer.signed_up, customer, "identify", customer)]
            if number == 0:
                steps += [step for step in agreed if step[0] <= invoice.at]
            self._real(invoice, customer, steps)
        self._generated(step for step in agreed if step[0] > (customer.signed_up + 45))
        for visit in self._website.after(customer, rng):
            self._generated(visit)
        for message in received(customer, self._mailings, self._website, rng):
            self._generated(message)

    def _real(self, invoice: Invoice, who: Person, steps: Iterable[Step]) -> None:
        """An invoice with the visit that led to it, moved together."""
        shift = self._calendar.moved(invoice.at)
        at = invoice.at + shift
        if (ordered := self._ordered.get(invoice.refunds)) and at <= ordered:
            at = ordered + (self._calendar.now - ordered) // 2  # a refund never comes before its order
        self._ordered[invoice.number] = at
        for moment, person, event, about in steps:
            self._place(moment + shift, person, event, about)
        self._place(at, who, kind_of(invoice), invoice)

    def _generated(self, steps: Iterable[Step]) -> None:
        """Steps that did not really happen do not happen after now either."""
        for moment, who, event, about in steps:
            at = self._calendar.at(moment)
            if at > self._calendar.now:
                self._count += 1
                continue
            self._place(at, who, event, about)

    def _place(self, at: int, who: Person, event: str, about: object) -> None:
        self._count += 1
        self.placed.append((at, self._count, who, event, about))


def kind_of(invoice: Invoice) -> str:
    """The name of the event that an invoice of the retailer is."""
    if not invoice.is_credit:
        return "Order Completed" if invoice.products else "Order Updated"
    return "Order Cancelled" if invoice.whole else "Order Refunded"


def events(
    now: dt.datetime, seed: int = SEED, dataset: Dataset | None = None, customers: int | None = None
) -> Iterator[Event]:
    """The year's events in time order, none after `now` (aware); of the first `customers` only, if given."""
    dataset = dataset or data.load()
    renderer = Renderer(dataset)
    placed = Year(dataset, now, seed, customers).collect()
    for at, number, who, name, about in placed:
        if isinstance(about, Invoice) and name != "Checkout Started":
            message_id = f"demo-{name.split()[1].lower()}-{about.number}"
        else:
            message_id = f"demo-{seed:x}-{number:x}"
        yield renderer.event(name, who, about, message_id, timestamp(at))


def batches(
    now: dt.datetime, seed: int = SEED, dataset: Dataset | None = None, customers: int | None = None
) -> Iterator[tuple[int, bytes]]:
    """The same as bodies of `POST /v1/batch`: (how many events, JSON), within capture's limits."""
    lines: list[bytes] = []
    size = 0
    for event in events(now, seed, dataset, customers):
        line = _encode(event)
        if lines and (size + len(line) + 1 > BATCH_BYTES or len(lines) == BATCH_EVENTS):
            yield len(lines), b'{"batch":[%b]}' % b",".join(lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield len(lines), b'{"batch":[%b]}' % b",".join(lines)
