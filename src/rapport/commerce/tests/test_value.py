"""What customers are worth: scores and groups, cohorts, pairs, intervals, and amounts of several currencies."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.commerce.models import BasketPair, CustomerValue, Order, OrderLine, ProductInterval, ValueReport
from rapport.commerce.queries import exchange_rates as totals
from rapport.commerce.queries import sales
from rapport.commerce.queries.value_groups import GRID, group_of, scores
from rapport.commerce.services import exchange_rates
from rapport.commerce.services.exchange_rates import Rate
from rapport.commerce.services.value import computing
from rapport.commerce.tests.conftest import data_set
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.models import Job
from rapport.people.models import Person

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def buyer(number: int = 0) -> Person:
    return Person.objects.create(id=uuid.uuid4(), first_seen_at=NOW, last_seen_at=NOW)


def bought(
    person: Person, day: str, net: str = "10", *products: str, currency: str = "GBP", **more: Any
) -> Order:
    at = dt.datetime.fromisoformat(f"{day}T10:00:00+00:00")
    pk = uuid.uuid4()
    row = Order.objects.create(
        id=pk, store="main", external_id=str(pk), person=person, state=more.pop("state", "open"), placed_at=at,
        changed_at=at, currency=currency, total=Decimal(net), net=Decimal(net), **more,
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        OrderLine(order=row, position=place, product_ref=name, name=name, quantity=1, amount=1)
        for place, name in enumerate(products)
    )
    return row


def value_of(person: Person) -> CustomerValue:
    return CustomerValue.objects.get(pk=person.pk)


def test_every_cell_of_the_grid_is_one_group() -> None:
    cells = list(itertools.product(range(1, 6), repeat=3))
    assert {group_of(*cell) for cell in cells} == {group for row in GRID.values() for group in row}
    assert (group_of(5, 5, 5), group_of(1, 1, 1), group_of(5, 1, 1)) == ("champions", "lost", "new")


@settings(max_examples=200)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_scores_are_fifths_and_ties_are_equal(values: list[int]) -> None:
    scored = scores(values)
    assert set(scored) <= {1, 2, 3, 4, 5}
    pairs = list(zip(values, scored, strict=True))
    assert all(score <= other for value, score in pairs for more, other in pairs if value <= more)
    if len(set(values)) == len(values) and len(values) % 5 == 0:
        assert {scored.count(score) for score in range(1, 6)} == {len(values) // 5}
    assert scores([value * 3 + 1 for value in values]) == scored


def test_the_job_scores_as_the_definition_says(db: None) -> None:
    people = [buyer() for _ in range(12)]
    for number, person in enumerate(people):
        for order in range(1 + number % 4):
            bought(person, f"2026-0{1 + number % 5}-{1 + order:02d}", str(5 + number * order))
    computing.compute(NOW)
    rows = [value_of(person) for person in people]
    assert [row.frequency for row in rows] == scores([row.orders for row in rows])
    assert [row.recency for row in rows] == scores([row.last_at for row in rows])
    assert [row.monetary for row in rows] == scores([row.net for row in rows])
    assert [row.group for row in rows] == [group_of(row.recency, row.frequency, row.monetary) for row in rows]


def test_credit_notes_lessen_the_value_and_are_no_orders(db: None) -> None:
    ada, bob = buyer(), buyer()
    bought(ada, "2026-01-01", "30")
    bought(ada, "2026-01-11", "20")
    bought(ada, "2026-01-12", "-5", state="refund_only")
    bought(bob, "2026-01-12", "0", state="cancelled")
    assert computing.compute(NOW) == [ada.pk]
    row = value_of(ada)
    assert (row.orders, row.net, row.interval_days, row.days) == (2, 45, 10, 2)
    assert not CustomerValue.objects.filter(pk=bob.pk).exists()
    assert computing.compute(NOW) == []


def test_amounts_are_converted_by_the_rate_of_their_day_and_what_has_none_is_named(
    db: None, actor: Actor
) -> None:
    ada = buyer()
    bought(ada, "2026-01-05", "10", currency="USD")
    bought(ada, "2026-01-10", "10", currency="USD")  # a Saturday: Friday's rate
    bought(ada, "2026-02-10", "10", currency="USD")
    bought(ada, "2026-01-05", "10", currency="EUR")
    rates = [("2026-01-05", "USD", "1.25"), ("2026-01-09", "USD", "1.00"), ("2026-01-05", "GBP", "0.80"),
             ("2026-01-09", "GBP", "0.50")]  # fmt: skip
    exchange_rates.put(
        actor=actor,
        rates=[Rate(dt.date.fromisoformat(day), code, Decimal(rate)) for day, code, rate in rates],
    )
    computing.compute(NOW)
    row = value_of(ada)
    assert (row.net, row.orders, row.unconverted) == (Decimal("6.4") + 5 + 8, 4, 1)
    assert ValueReport.objects.get().figures["missing"] == {"USD": 1}
    amounts = [(order.placed_at.date(), order.currency, order.net) for order in Order.objects.all()]
    total = totals.total(amounts, "GBP")
    assert (total.amount, total.missing) == (Decimal("19.4"), {"USD": 10})


def test_what_a_product_sold_for_is_of_the_pieces_that_were_kept(db: None, actor: Actor) -> None:
    exchange_rates.put(actor=actor, rates=[Rate(dt.date(2026, 1, 5), "GBP", Decimal("0.8"))])
    for currency in ("EUR", "GBP", "USD"):
        row = bought(buyer(), "2026-01-05", currency=currency)
        OrderLine.objects.create(order=row, position=0, product_ref="tea", quantity=2, returned=1, amount=10)
    sold = sales.revenue_of(actor, sales.Named("main", ["tea"]))
    assert (sold.amount, sold.missing) == (9, {"USD": 5})


@pytest.mark.parametrize(
    "content",
    [
        b"""<gesmes:Envelope><Cube><Cube time="2026-01-05"><Cube currency="USD" rate="1.25"/>
        <Cube currency='GBP' rate='0.8'/></Cube></Cube></gesmes:Envelope>""",
        b"Date,USD,GBP,XAU,\n2026-01-05,1.25,0.8,N/A,\n",
        b"day;currency;rate\n2026-01-05;USD;1.25\n2026-01-05;GBP;0.8\n",
        b"day;currency;rate\r2026-01-05;USD;1.25\r\r2026-01-05;GBP;0.8\r\r",
    ],
)
def test_files_of_rates(content: bytes) -> None:
    day = dt.date(2026, 1, 5)
    assert exchange_rates.read(content) == [
        Rate(day, "USD", Decimal("1.25")),
        Rate(day, "GBP", Decimal("0.8")),
    ]


def test_a_row_of_rates_that_ends_too_early_is_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="no day, currency and rate"):
        exchange_rates.read(b"day;currency;rate\n2026-01-05;USD\n")


def test_cohorts_pairs_and_intervals(db: None) -> None:
    people = [buyer() for _ in range(6)]
    for place, person in enumerate(people):
        bought(person, "2026-01-05", "10", "tea", "pot")
        bought(person, f"2026-03-{5 + place:02d}", "10", "tea")
    for _ in range(10):
        bought(buyer(), "2026-02-05", "1", "cup")
    computing.compute(NOW)
    cohorts = ValueReport.objects.get().figures["cohorts"]
    assert cohorts == {
        "2026-01-01": {"0": [6, "60.00"], "2": [6, "60.00"]},
        "2026-02-01": {"0": [10, "10.00"]},
    }
    pair = BasketPair.objects.get()
    assert (pair.product, pair.companion, pair.orders, pair.confidence) == ("pot", "tea", 6, 1)
    assert pair.lift == pytest.approx(6 * 22 / (6 * 12))
    tea = ProductInterval.objects.get()
    assert (tea.product_ref, tea.times, tea.days) == ("tea", 6, Decimal("61.5"))


def test_values_are_traits(db: None) -> None:
    ada = buyer()
    bought(ada, "2026-01-01", "30")
    computing.tell(computing.compute(NOW), NOW)
    ada.refresh_from_db()
    assert (ada.traits["orders_net"], ada.traits["orders_placed"], ada.traits["rfm_scores"]) == (30, 1, "111")


def test_a_run_that_was_killed_tells_what_it_had_noted(page: Any) -> None:
    ada = buyer()
    bought(ada, "2026-01-01", "30")
    computing.compute(NOW)
    page.post("/value/run/")
    Job.objects.filter(kind=computing.KIND).update(payload={"begun": True})
    assert jobs.run_once(SYSTEM, computing.KIND)
    ada.refresh_from_db()
    assert ada.traits["orders_net"] == 30


def _rows(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode().splitlines()[1:]


def test_repeat_purchases_of_cdnow_equal_the_published_summary(db: None) -> None:
    folder = data_set("clv_cdnow/cdnow_sample.csv.gz").parent
    people: dict[str, Person] = {}
    for line in _rows(folder / "cdnow_sample.csv.gz")[:900]:
        _master, number, day, _pieces, amount = line.split(",")
        if day <= "1997-09-30":
            bought(people.setdefault(number, buyer()), day, amount)
    wanted = dict(line.split(",")[:2] for line in _rows(folder / "cdnow_customers_summary.csv.gz"))
    last = max(people)
    computing.compute(NOW)
    repeats = {number: value_of(person).days - 1 for number, person in people.items() if number != last}
    assert len(repeats) > 200
    assert repeats == {number: int(wanted[str(int(number))]) for number in repeats}


def test_the_pages_and_the_api(db: None, page: Any, api: Any) -> None:
    for address in ("/value/", "/value/customers/", "/value/cohorts/", "/value/products/"):
        assert page.get(address).status_code == 200
    ada = buyer()
    bought(ada, "2026-01-01", "30", "tea")
    bought(ada, "2026-02-01", "30", currency="USD")
    assert page.post("/value/run/").status_code == 302
    assert jobs.run_once(SYSTEM, computing.KIND)
    assert "no rate of their day" in page.get("/value/").content.decode()
    for address in ("/value/customers/", "/value/cohorts/", "/value/products/"):
        assert page.get(address).status_code == 200
    panel = page.get(f"/people/{ada.pk}/value/").content.decode()
    assert "Why this group?" in panel
    assert "without a rate" in panel
    answer = api("GET", f"/people/{ada.pk}/value")[1]
    assert (answer["orders"], answer["net"], answer["group"], answer["unconverted"]) == (
        2,
        "30.0000",
        "lost",
        1,
    )


def test_rates_come_by_the_api_and_by_hand(db: None, page: Any, api: Any) -> None:
    ada = buyer()
    bought(ada, "2026-02-01", "30", currency="USD")
    rate = {"day": "2026-02-01", "currency": "usd", "per_euro": "1.2"}
    assert api("PUT", "/exchange-rates", {"rates": [rate]})[1] == {"rates": 1}
    assert api("GET", "/exchange-rates?currency=USD")[1]["data"][0]["per_euro"] == "1.20000000"
    assert page.post("/settings/exchange-rates/", {"day": "2026-02-01"}).status_code == 422
    given = {"day": "2026-02-01", "currency": "GBP", "rate": "0.6"}
    assert page.post("/settings/exchange-rates/", given).status_code == 302
    computing.compute(NOW)
    assert value_of(ada).net == 15


def test_an_order_of_the_future_takes_nobody_out_of_the_report(db: None) -> None:
    ada = buyer()
    bought(ada, "2026-01-05", "10")
    bought(ada, "2999-01-05", "1000")
    computing.compute(NOW)
    figures = ValueReport.objects.get().figures
    assert (value_of(ada).net, list(figures["cohorts"])) == (10, ["2026-01-01"])
