"""Visits to the shop's website: those that led to the real orders, others that did not, and passers-by."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from rapport.demo.seeding.customers import NEVER, SIGN_UP, Customer, Person, anonymous_id, seeded
from rapport.demo.seeding.dataset import Dataset, Invoice
from rapport.demo.seeding.steps import CAMPAIGNS, LANDING, Step

PASSERS_BY = 20_000
HOURS = [0] * 6 + [1, 3, 6, 8, 9, 10, 12, 11, 9, 8, 8, 8, 9, 11, 12, 10, 6, 3]
LAST = 373 * 86_400 + 20 * 3600


class Website:
    """Makes visits; products are chosen as often as they are bought."""

    def __init__(self, dataset: Dataset) -> None:
        popular = [pair for pair in dataset.popular if pair[1] >= 20]
        self._codes = [code for code, _ in popular]
        self._weights: list[int] = []
        total = 0
        for _, orders in popular:
            total += orders
            self._weights.append(total)
        self._hours = [sum(HOURS[: hour + 1]) for hour in range(24)]

    def moment(self, rng: Random, first: int, last: int = LAST) -> int:
        """A data time between two, in daylight hours more than at night."""
        day = rng.randint(first // 86_400, max(first, last) // 86_400)
        return day * 86_400 + rng.choices(range(24), cum_weights=self._hours)[0] * 3600 + rng.randrange(3600)

    def products(self, rng: Random, count: int) -> list[str]:
        return rng.choices(self._codes, cum_weights=self._weights, k=count)

    def buying(self, order: Invoice, who: Person, rng: Random, *, sign_up: bool) -> Iterator[Step]:
        """The visit that ends in this order; the customer's first one signs him up on the way."""
        basket = [line for line in order.products if line[2] > 0]
        chosen = rng.sample(basket, min(len(basket), rng.choice((1, 2, 2, 3, 3, 4))))
        visitor = Person("", who.anonymous_id) if sign_up else who
        at = order.at - 90 * len(chosen) - rng.randint(240, 700)
        yield at, visitor, "page", ("home", _campaign(rng))
        for line in chosen:
            at += rng.randint(20, 50)
            yield at, visitor, "Product Viewed", line[0]
            if rng.random() < 0.7:
                at += rng.randint(5, 30)
                yield at, visitor, "Product Added", line
        yield order.at - rng.randint(90, 120), visitor, "page", ("cart", "")
        yield order.at - 60, visitor, "Checkout Started", order
        if sign_up:
            yield order.at - SIGN_UP, who, "identify", who

    def looking(self, who: Person, at: int, rng: Random, campaign: str | None = None) -> Iterator[Step]:
        """A visit without an order; now and then a basket is left standing."""
        start = rng.choice(LANDING)
        yield at, who, "page", (start, _campaign(rng) if campaign is None else campaign)
        seen = self.products(rng, rng.choice((0, 1, 1, 2, 2, 3)))
        for code in seen:
            at += rng.randint(15, 120)
            yield at, who, "Product Viewed", code
        if seen and rng.random() < 0.2:
            yield at + 15, who, "Product Added", (seen[-1], 1, 0)
            if rng.random() < 0.4:
                yield at + 60, who, "page", ("cart", "")

    def before(self, customer: Customer, rng: Random) -> Iterator[Iterator[Step]]:
        """Visits from before anybody knew who it was, on any of the customer's devices."""
        if customer.signed_up < 14 * 86_400:
            return  # he was a customer before the data begins
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            at = self.moment(rng, customer.signed_up - 13 * 86_400, customer.signed_up - 86_400)
            yield self.looking(Person("", rng.choice(customer.devices)), at, rng)

    def after(self, customer: Customer, rng: Random) -> Iterator[Iterator[Step]]:
        """Visits of a known customer between and after the orders."""
        orders = sum(not invoice.is_credit for invoice in customer.invoices or [])
        for _ in range(round((orders * 1.3 + 1) * rng.uniform(0.4, 1.6))):
            at = self.moment(rng, customer.signed_up + 86_400)
            if at < LAST:
                device = rng.choice(customer.devices)
                yield self.looking(Person(customer.user_id, device), at, rng)

    def passers_by(self, seed: int, count: int) -> Iterator[Iterator[Step]]:
        """Visitors who never said who they are."""
        rng = seeded(f"{seed}:passers-by")
        for _ in range(count):
            who = Person("", anonymous_id(rng))
            at = self.moment(rng, 0)
            yield self.looking(who, at, rng)
            if rng.random() < 0.25 and at + 86_400 * 7 < LAST:
                yield self.looking(who, self.moment(rng, at + 86_400, at + 86_400 * 7), rng)


def _campaign(rng: Random) -> str:
    """Where the visit came from; most come by themselves."""
    chance = rng.random()
    return "" if chance < 0.62 else CAMPAIGNS[int((chance - 0.62) / 0.38 * len(CAMPAIGNS))]


def consents(customer: Customer) -> Iterator[Step]:
    """What the customer agreed to and took back."""
    for purpose, given in (("newsletter", customer.newsletter), ("offers", customer.offers)):
        if given is None:
            continue
        form = "checkout" if given[0] == customer.signed_up else "newsletter form in the footer"
        yield given[0] + 5, customer, "Consent Granted", (purpose, form)
        if given[1] != NEVER:
            yield given[1], customer, "Consent Withdrawn", (purpose, "unsubscribe link")
