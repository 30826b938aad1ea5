"""What was mailed before Rapport: a newsletter every second Thursday and four offers a year, and who opened them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from random import Random

from rapport.demo.seeding.customers import Customer, Person
from rapport.demo.seeding.sessions import Website
from rapport.demo.seeding.steps import Mailing, Sent, Step

DAY = 86_400
_IDS = uuid.UUID("6b1f3c2e-2b8e-5c0e-9d55-0d1a7e6c4f10")

_THEMES = (
    "Candles for long evenings", "Wrapping, ribbon and string", "A quiet January", "Tea for two", "Hearts and paper",
    "First bulbs", "Mothering Sunday", "Spring on the sill", "Eggs, nests and bunting", "The picnic basket",
    "Garden tools worth giving", "Strawberries and tins", "Weddings, simply", "Long tables", "Lanterns outdoors",
    "Seaside finds", "Postcards and pencils", "Back to school", "Bags that last", "Jam and labels", "First fires",
    "Woolly things", "Bonfire night", "Doors and wreaths", "The advent shelf", "Last posting dates",
)  # fmt: skip


def campaign_id(code: str) -> uuid.UUID:
    """The id of the campaign that a mailing is."""
    return uuid.uuid5(_IDS, code)


def delivery_id(sent: Sent) -> uuid.UUID:
    """The id of one message in the ledger."""
    return uuid.uuid5(_IDS, f"{sent.mailing.code}-{sent.number}")


def mailings() -> list[Mailing]:
    """Every mailing of the year in time order."""
    newsletters = [
        Mailing(
            f"newsletter-{number + 1:02d}",
            f"Newsletter {number + 1}: {theme}",
            "newsletter",
            (9 + 14 * number) * DAY,
        )
        for number, theme in enumerate(_THEMES)
    ]
    offers = [
        Mailing("offer-winter", "Winter sale", "offers", 34 * DAY),
        Mailing("offer-spring", "Spring offer", "offers", 118 * DAY),
        Mailing("offer-summer", "Summer sale", "offers", 220 * DAY),
        Mailing("offer-autumn", "Two weeks of tins", "offers", 300 * DAY),
    ]
    return sorted(
        (mailing._replace(at=mailing.at + 9 * 3600) for mailing in newsletters + offers),
        key=lambda mailing: mailing.at,
    )


def received(
    customer: Customer, all_mailings: list[Mailing], website: Website, rng: Random
) -> Iterator[Iterator[Step]]:
    """What reached this customer while he consented, what he opened, and where a link led him."""
    for mailing in all_mailings:
        consent = customer.newsletter if mailing.purpose == "newsletter" else customer.offers
        if consent is not None and consent[0] + 120 < mailing.at < consent[1]:
            yield _one(customer, mailing, website, rng)


def _one(customer: Customer, mailing: Mailing, website: Website, rng: Random) -> Iterator[Step]:
    sent = Sent(mailing, customer.number)
    at = mailing.at + customer.number % 540
    yield at, customer, "Message Sent", sent
    chance = rng.random()
    if chance > customer.opens:
        if chance > 0.92:  # a privacy proxy fetches the picture; nobody has looked
            yield at + rng.randint(2, 20), customer, "Message Opened", sent._replace(human=0.08)
        return
    at += int(rng.expovariate(1 / 20_000)) + 60
    yield at, customer, "Message Opened", sent._replace(human=0.9)
    if rng.random() < 0.16:
        yield at + 25, customer, "Message Clicked", sent._replace(human=0.97)
        visitor = Person(customer.user_id, customer.anonymous_id)
        yield from website.looking(visitor, at + 28, rng, f"newsletter|email|{mailing.code}")
