"""What fills the other pages of the demo: companies with people, an import, true duplicates.

The file is the guest list of a Christmas fair: some who signed it are customers already, under another address and
sometimes with a slip in the name; the search for duplicates that follows has these to show.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from rapport.commerce.services.value import computing
from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock, VirtualClock
from rapport.demo.seeding import club
from rapport.demo.seeding.customers import seeded
from rapport.demo.seeding.names import FIRST, LAST
from rapport.demo.seeding.names.places import CITIES
from rapport.people.models import Company, Person
from rapport.people.services import company_edits
from rapport.quality.completeness.services import measuring
from rapport.quality.matching.services import policy
from rapport.transfers.imports.services import steps, uploads
from rapport.transfers.models import Import

# The measurement counts what the search will have found by then: it takes a start and so long for each person.
START, EACH = dt.timedelta(seconds=10), dt.timedelta(milliseconds=20)
COMPANIES, TWICE, NEW = 40, 24, 36
FAIR = "Christmas fair guest list.csv"
ROLES = ("Buyer", "Owner", "Accounts", "Shop manager")
SHOPS = ("Gifts", "Interiors", "Home", "& Sons", "Emporium", "Trading")
COLUMNS = ("Email", "First name", "Last name", "Birthday", "City", "Country")


def seed() -> Iterator[str]:
    """Adds what is not there yet, and yields lines to print."""
    actor = system("demo")
    if club.seed():
        yield "  a loyalty programme, and what its members earned in the year"
    if not Company.objects.exists():
        yield f"  {_companies(actor)} companies with their people"
    if not Import.objects.exists():
        run = uploads.create_import(actor=actor, stream=io.BytesIO(_guests()), name=FAIR)
        steps.take(actor=actor, run=run, step="start")
        yield f"  importing “{FAIR}”, then looking for duplicates"


def search(clock: Clock = SYSTEM) -> None:
    """Starts the search for duplicates and the measurement of data quality; the worker does both."""
    actor = system("demo")
    if Import.objects.filter(state=Import.State.DONE).exists():
        policy.request_run(actor=actor, kind="person", full=True)
        searched = START + EACH * Person.objects.count()
        measuring.measure(actor=actor, clock=VirtualClock(clock.now() + searched))


def value() -> None:
    """Has the worker work out what customers are worth."""
    with suppress(jobs.AlreadyQueued):
        computing.order_run(actor=system("demo"))


def _companies(actor: Actor) -> int:
    """Trade customers of a town buy for one shop, up to three of them."""
    by_town: dict[str, list[Person]] = defaultdict(list)
    trade = Person.objects.filter(traits__account_type="trade", merged_into=None).exclude(traits__city=None)
    for person in trade.order_by("first_seen_at")[: COMPANIES * 3]:
        by_town[person.traits["city"]].append(person)
    groups = [people[at : at + 3] for people in by_town.values() for at in range(0, len(people), 3)]
    for number, people in enumerate(groups[:COMPANIES]):
        first = people[0].traits
        name = f"{first.get('last_name', first['city'])} {SHOPS[number % len(SHOPS)]}"
        company = company_edits.create_company(
            actor=actor,
            name=name,
            group_id=f"trade-{number + 1}",
            traits={"city": first["city"], "industry": "Retail"},
            source="by hand: demo",
        )
        for place, person in enumerate(people):
            company_edits.set_member(
                actor=actor,
                company_id=company.pk,
                person_id=person.pk,
                role=ROLES[place % len(ROLES)],
                since=person.first_seen_at,
            )
    return len(groups[:COMPANIES])


def _guests() -> bytes:
    """The file: customers who gave another address, and people nobody has seen before."""
    customers = Person.objects.filter(merged_into=None, is_identified=True, traits__has_key="birthday")
    twice = list(customers.order_by("pk")[:TWICE])
    rng = seeded("fair")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, person in enumerate(twice):
        writer.writerow(_row(person.traits, f"guest{number}@fair.example.org", slip=number % 3 == 0))
    for number in range(NEW):
        born = f"{rng.randint(1950, 2000)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        names = (rng.choice(FIRST["gb"]), rng.choice(LAST["gb"]))
        writer.writerow([f"visitor{number}@fair.example.org", *names, born, rng.choice(CITIES["GB"]), "GB"])
    return text.getvalue().encode()


def _row(traits: dict[str, Any], email: str, *, slip: bool) -> list[str]:
    """One guest; a slip of the pen doubles a letter of the first name or leaves one out."""
    first = str(traits.get("first_name", ""))
    if slip and len(first) > 3:
        first = first[:2] + first[3:]
    details = (str(traits.get(name, "")) for name in ("last_name", "birthday", "city", "country"))
    return [email, first, *details]
