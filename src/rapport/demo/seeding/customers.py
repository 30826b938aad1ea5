"""The generated part of the customers: names, addresses, consent and habits for the 4,383 of the data."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from random import Random
from uuid import UUID

from rapport.demo.seeding.dataset import COUNTRIES, Invoice
from rapport.demo.seeding.names import FIRST, LAST
from rapport.demo.seeding.names.places import AREAS, CITIES, PHONES

# Names that RFC 2606 keeps free for examples: mail to them reaches nobody.
DOMAINS = (
    ("post.example.com", 34), ("mail.example.org", 22), ("inbox.example.net", 18), ("home.example.com", 14),
    ("letters.example.org", 8), ("studio.example.net", 4),
)  # fmt: skip
TRADE_ORDER = 700_000  # a customer whose usual order is above £700 buys for a shop
YEAR_END = 373 * 86_400
EVERY = 40  # of so many customers with a birthday, one is met a second time
SIGN_UP = 45  # seconds before the first order at which its customer says who he is


@dataclass(slots=True)
class Person:
    """Whoever visits: a customer, a guest or a passer-by (`user_id` empty)."""

    user_id: str
    anonymous_id: str
    devices: tuple[str, ...] = ()


@dataclass(slots=True)
class Customer(Person):
    """One customer of the data. Moments are data time; `newsletter` and `offers` are (granted, withdrawn) or None."""

    number: int = 0
    traits: dict[str, str | bool] | None = None
    invoices: list[Invoice] | None = None
    newsletter: tuple[int, int] | None = None
    offers: tuple[int, int] | None = None
    opens: float = 0.0
    signed_up: int = 0


NEVER = 1 << 40


def seeded(name: str) -> Random:
    """Chance that repeats: the same name gives the same numbers."""
    return Random(name)  # noqa: S311 - nothing here is secret


def anonymous_id(rng: Random) -> str:
    """An id as the tracker makes one: a random UUID."""
    return str(UUID(int=rng.getrandbits(128), version=4))


class Register:
    """Makes customers; remembers which names and telephone numbers are taken."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._phones: Counter[str] = Counter()
        self._names: set[tuple[str, str, str]] = set()

    def customer(self, number: int, invoices: list[Invoice]) -> Customer:
        """The customer with this number; the same for the same seed and order of calls."""
        rng = seeded(f"{self._seed}:{number}")
        devices = tuple(anonymous_id(rng) for _ in range(1 + (rng.random() < 0.3)))
        customer = Customer(f"customer:{number}", devices[0], devices, number, None, invoices)
        customer.signed_up = invoices[0].at - SIGN_UP
        customer.traits = self._traits(number, invoices, rng)
        self._consents(customer, rng)
        customer.opens = rng.betavariate(2.0, 2.8)
        return customer

    def second_record(self, customer: Customer) -> Customer | None:
        """The same person met once more, on another device with another e-mail address and without signing in: a true
        duplicate. For one in `EVERY` of those whose birthday and town are known.
        """
        own = customer.traits or {}
        rng = seeded(f"{self._seed}:{customer.number}:again")
        if not (own.get("birthday") and own.get("city")) or rng.random() > 1 / EVERY:
            return None
        first, last = str(own["first_name"]), str(own["last_name"])
        place = rng.randrange(1, len(last) - 1)
        last = (
            last if rng.random() < 0.5 else last[:place] + last[place + 1] + last[place] + last[place + 2 :]
        )
        traits = {name: own[name] for name in ("birthday", "city", "country", "first_name")}
        traits |= {"name": f"{first} {last}", "last_name": last}
        traits["email"] = f"{_ascii(last)}.{_ascii(first)}@{_domain(rng)}"
        again = Customer("", anonymous_id(rng), (), customer.number, traits, [])
        again.signed_up = min(customer.signed_up + rng.randrange(1, 90) * 86_400, YEAR_END - 1)
        return again

    def _traits(self, number: int, invoices: list[Invoice], rng: Random) -> dict[str, str | bool]:
        code = COUNTRIES.get(invoices[-1].country)
        area = rng.choice(AREAS.get(code or "GB", ("gb",)))
        first, last = rng.choice(FIRST[area]), rng.choice(LAST[area])
        city = rng.choice(CITIES[code]) if code else ""
        while (first, last, city) in self._names:  # who looks like a duplicate is one
            first, last = rng.choice(FIRST[area]), rng.choice(LAST[area])
        self._names.add((first, last, city))
        traits: dict[str, str | bool] = {
            "name": f"{first} {last}",
            "first_name": first,
            "last_name": last,
            "email": f"{_ascii(first)}.{_ascii(last)}{number}@{_domain(rng)}",
            "account_type": "trade" if _usual(invoices) > TRADE_ORDER else "retail",
        }
        if phone := self._phone(city, rng):
            traits["phone"] = phone
        if code:
            traits["country"], traits["city"] = code, city
        if rng.random() < 0.42:
            traits["birthday"] = (dt.date(1945, 1, 1) + dt.timedelta(days=rng.randrange(21_000))).isoformat()
        return traits

    def _phone(self, city: str, rng: Random) -> str:
        wanted = rng.random() < 0.7
        if not wanted or city not in PHONES:
            return ""
        prefix, digits = PHONES[city]
        if self._phones[prefix] >= 10**digits:
            return ""
        self._phones[prefix] += 1
        return f"{prefix}{self._phones[prefix] - 1:0{digits}d}"

    def _consents(self, customer: Customer, rng: Random) -> None:
        chance, late, leaves = rng.random(), rng.random(), rng.random()
        granted = customer.signed_up + (0 if late < 0.8 else rng.randint(1, 60) * 86_400)
        ends = granted + int(rng.expovariate(1 / 90) * 86_400) + 3600 if leaves < 0.12 else NEVER
        if chance < 0.55 and granted < YEAR_END:
            customer.newsletter = (granted, ends if ends < YEAR_END else NEVER)
        if chance < 0.24 and granted < YEAR_END:
            customer.offers = (granted, ends if ends < YEAR_END and leaves < 0.07 else NEVER)


def _usual(invoices: list[Invoice]) -> int:
    amounts = sorted(invoice.amount() for invoice in invoices if not invoice.is_credit)
    return amounts[len(amounts) // 2] if amounts else 0


def _domain(rng: Random) -> str:
    return rng.choices([name for name, _ in DOMAINS], [weight for _, weight in DOMAINS])[0]


_SPELT = str.maketrans("øıłð", "oild")  # what has no base letter in Unicode


def _ascii(name: str) -> str:
    spelt = name.lower().translate(_SPELT)
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", plain)
