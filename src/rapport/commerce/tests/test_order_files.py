"""Files of orders and of tills, read into events and folded."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rapport.commerce.models import Order, OrderFile
from rapport.commerce.order_files import preview, taking
from rapport.commerce.order_files.columns import suggested
from rapport.commerce.tests.conftest import data_set, fold_all, order
from rapport.core import jobs
from rapport.core.access import Actor, for_user
from rapport.core.clock import SYSTEM
from rapport.governance.models import Consent
from rapport.people.queries import find

RETAIL = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "489434,85048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom\n"
    "489435,22350,CAT BOWL,12,2009-12-01 07:46:00,2.55,13085.0,United Kingdom\n"
    "489434,22041,RECORD FRAME,48,2009-12-01 07:45:00,2.1,13085.0,United Kingdom\n"
    "C489449,22087,PAPER BUNTING,-12,2009-12-01 10:33:00,2.95,16321.0,Australia\n"
    "489464,21733,85123a mixed,-96,2009-12-01 10:52:00,0,,United Kingdom\n"
)
Take = Callable[..., OrderFile]


@pytest.fixture
def take(live: Any, user: Any) -> Take:
    """`take(text)` uploads a file, agrees with what is proposed, and reads and folds it."""
    actor: Actor = for_user(user)

    def run(content: str | bytes, name: str = "orders.csv", **options: str) -> OrderFile:
        chosen = {key: options.pop(key) for key in ("dates", "numbers") if key in options}
        data = content.encode() if isinstance(content, str) else content
        given = taking.upload(actor=actor, stream=io.BytesIO(data), name=name, **options)
        if given.state == OrderFile.State.MAPPING:
            taking.set_mapping(actor=actor, run=given, mapping=given.mapping["columns"], **chosen)
            taking.start(actor=actor, run=given)
        settle(live)
        given.refresh_from_db()
        return given

    return run


def settle(live: Any) -> None:
    while jobs.run_once(SYSTEM, "imports"):
        pass
    live.settle()
    fold_all()


def test_rows_of_one_order_may_stand_anywhere(take: Take, actor: Actor) -> None:
    run = take(RETAIL)
    assert (run.state, run.added, run.errors) == ("done", 3, 1)
    placed = order("489434")
    assert (placed.total, placed.items, placed.state) == (Decimal("184.20"), 60, "open")
    assert [line.product_ref for line in placed.lines.order_by("position")] == ["85048", "22041"]
    customer = find(actor, "user_id:13085")
    assert customer
    assert placed.person_id == customer.pk
    note = order("refund C489449")
    assert (note.net, note.refunds.get().amount, note.problems) == (Decimal("-35.40"), Decimal("35.40"), [])
    assert "correction of stock" in run.row_errors.get().reason


def test_the_same_file_again_tells_nothing_new_and_a_corrected_one_replaces(take: Take) -> None:
    take(RETAIL)
    again = take(RETAIL)
    assert (again.state, again.added, again.changed, again.unchanged) == ("done", 0, 0, 3)
    corrected = take(RETAIL.replace("48,2009", "40,2009"))
    assert (corrected.added, corrected.changed, corrected.unchanged) == (0, 1, 2)
    assert (order("489434").total, Order.objects.count()) == (Decimal("167.40"), 3)


def test_what_a_file_told_can_be_taken_back(take: Take, live: Any, user: Any) -> None:
    run = take(RETAIL)
    taking.revert(actor=for_user(user), run=run)
    settle(live)
    assert Order.objects.count() == 0
    assert take(RETAIL).added == 3
    assert Order.objects.count() == 3


def test_a_till_tells_of_cards_and_of_what_came_back(take: Take, actor: Actor) -> None:
    text = (
        "Filiale;Kasse;Bonnummer;Datum;Uhrzeit;Artikel;Bezeichnung;Menge;Einzelpreis;Kundenkarte\n"
        "Bonn;1;42;13.01.2026;0905;A1;Tee;2;4,50;9801234567\n"
        "Bonn;1;42;13.01.2026;0905;A2;Kanne;-1;20,00;9801234567\n"
        "Bonn;2;42;13.01.2026;0906;A1;Tee;1;4,50;\n"
    )
    run = take(text, currency="EUR")
    assert (run.added, run.errors) == (2, 0)
    receipt = Order.objects.get(store="Bonn", external_id="1-42-2026-01-13")
    assert (receipt.total, receipt.refunded, receipt.net) == (9, 20, -11)
    assert (receipt.currency, receipt.placed_at.hour, receipt.channel) == ("EUR", 9, "1")
    holder = find(actor, "card_number:9801234567")
    assert holder
    assert receipt.person_id == holder.pk


def test_shops_repeat_what_is_of_the_order(take: Take) -> None:
    text = (
        "Name,Email,Financial Status,Currency,Shipping,Total,Discount Code,Discount Amount,Created at,"
        "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount\n"
        "#1001,a@example.org,paid,EUR,3.95,28.95,SPRING,5.00,2026-01-13 10:00:00 +0100,2,Tea,10.00,T1,0.00\n"
        "#1001,a@example.org,,,,,,,2026-01-13 10:00:00 +0100,1,Pot,10.00,P1,\n"
    )
    take(text)
    placed = order("#1001")
    assert (placed.total, placed.discount, placed.shipping) == (Decimal("28.95"), 5, Decimal("3.95"))
    assert (placed.payment_state, placed.person.email if placed.person else "") == ("paid", "a@example.org")
    assert placed.coupons[0]["code"] == "SPRING"


def test_a_formula_without_a_value_is_no_number_of_an_order(take: Take) -> None:
    run = take("order,date,total\n#REF!,2026-01-13,5\n#REF!,2026-01-14,6\n7,2026-01-14,6\n")
    assert (run.added, run.errors) == (1, 2)


def test_an_order_that_lacks_a_row_is_not_told_and_the_rows_say_why(take: Take) -> None:
    run = take(RETAIL.replace("48,2009", "many,2009").replace("12,2009-12-01 07:46", "12,someday"))
    reasons = dict(run.row_errors.values_list("row", "reason"))
    assert (run.added, set(reasons)) == (1, {1, 2, 3, 5})
    assert "Another row" in reasons[1]
    assert "Quantity" in reasons[3]


def test_days_and_months_that_could_be_either_are_asked_for(take: Take, user: Any) -> None:
    text = "order,date,total,customer\n7,03/04/2026,10.00,u-1\n"
    given = taking.upload(actor=for_user(user), stream=io.BytesIO(text.encode()), name="o.csv")
    assert set(taking.questions(given)) == {"dates"}
    take(text, dates="mdy")
    assert order("7").placed_at.month == 3


def test_a_real_shops_orders_equal_the_files_totals(take: Take, tmp_path: Path) -> None:
    source = data_set("online_retail/online_retail_2009_2010.parquet")
    part = pq.read_table(source).slice(100_000, 6_000)
    pq.write_table(part, tmp_path / "slice.parquet")
    run = take((tmp_path / "slice.parquet").read_bytes(), "slice.parquet")
    wanted: dict[str, Decimal] = {}
    for row in part.to_pylist():
        amount = Decimal(repr(row["Price"])) * row["Quantity"]
        wanted[row["Invoice"]] = wanted.get(row["Invoice"], Decimal(0)) + amount
    nets = {placed.external_id.removeprefix("refund "): placed.net for placed in Order.objects.all()}
    assert run.state == "done"
    assert {number: net for number, net in nets.items() if net != round(wanted[number], 2)} == {}
    assert {number for number, total in wanted.items() if total and number not in nets} == set()


def test_the_pages(page: Any, live: Any, user: Any) -> None:
    rows = "".join(f"{number},03/04/2026,10.00,u-1\n" for number in range(7))
    text = f"order,date,total,customer\n{rows}8,somewhen,10.00,u-1\n"
    assert "Import orders" in page.get("/orders/").content.decode()
    given = page.post("/orders/files/", {"file": io.BytesIO(text.encode())})
    address = given["Location"]
    shown = page.get(address).content.decode()
    assert "day and month cannot be told apart" in shown
    run = OrderFile.objects.get()
    chosen = {f"column-{place}": run.mapping["columns"][column] for place, column in enumerate(run.headers)}
    assert page.post(address, {**chosen, "start": "yes"}).status_code == 422
    assert page.post(address, {**chosen, "dates": "dmy", "start": "yes"}).status_code == 302
    settle(live)
    assert "Rows with errors" in page.get(address).content.decode()
    assert b"somewhen" in page.get(f"{address}errors/").content
    assert page.post(f"{address}revert/").status_code == 302
    settle(live)
    assert Order.objects.count() == 0
    assert page.get("/orders/files/").status_code == 200


def test_the_api(api: Any, client: Any, live: Any, user: Any) -> None:
    given = taking.upload(actor=for_user(user), stream=io.BytesIO(RETAIL.encode()), name="o.csv")
    status, answer = api("GET", f"/orders/files/{given.pk}")
    assert (status, answer["questions"], answer["columns"]["InvoiceNo"]) == (200, {}, "number")
    assert api("POST", f"/orders/files/{given.pk}/start", {"columns": {"InvoiceNo": "what"}})[0] == 422
    assert api("POST", f"/orders/files/{given.pk}/start", {"columns": answer["columns"]})[0] == 200
    settle(live)
    assert api("GET", "/orders/files")[1]["data"][0]["added"] == 3
    assert len(api("GET", f"/orders/files/{given.pk}/errors")[1]["data"]) == 1
    assert api("POST", f"/orders/files/{given.pk}/revert")[1]["state"] == "reverted"


def test_an_order_that_is_still_to_come_is_a_slip_of_the_pen(take: Take) -> None:
    row = "{number},85048,GLASS BALL,1,{year}-12-01 07:45:00,6.95,13085,United Kingdom\n"
    header = RETAIL.splitlines()[0]
    run = take(f"{header}\n{row.format(number=1, year=2009)}{row.format(number=2, year=2190)}")
    assert (Order.objects.get().external_id, run.errors) == ("1", 1)


CUSTOMERS = (
    "Bestellnummer;Datum;Vorname;Nachname;E-Mail;Telefon;Straße;Hausnummer;PLZ;Ort;Land;Gesamtbetrag;Newsletter\n"
    "B1;13.03.2026;Änne;Groß;Anne@Example.org;0228 1234567;Am Hang;7a;01067;Dresden;Deutschland;20,00;ja\n"
    "B2;14.03.2026;Jo;Gast;keine;;Weg;1;53111;Bonn;Deutschland;5,00;ja\n"
)


def test_customers_of_a_file_become_people_and_consent_to_nothing(take: Take, actor: Actor) -> None:
    run = take(CUSTOMERS)
    assert (run.state, run.added, run.errors) == ("done", 2, 0)
    customer = order("B1").person
    assert customer
    assert customer == find(actor, "email:anne@example.org") == find(actor, "phone:+492281234567")
    assert (customer.name, customer.traits["address"]) == (
        "Änne Groß",
        {"street": "Am Hang 7a", "postal_code": "01067", "city": "Dresden", "country": "DE"},
    )
    guest = order("B2").person
    assert guest
    assert (guest.name, guest.email) == ("Jo Gast", "")
    assert not Consent.objects.exists()


def test_newer_details_of_a_person_stay(take: Take, person: Any, actor: Actor) -> None:
    person(email="anne@example.org", name="Anne Neu")
    take(CUSTOMERS)
    customer = order("B1").person
    assert customer
    assert (customer, customer.name) == (find(actor, "user_id:user-1"), "Anne Neu")


def test_the_preview_says_whom_the_rows_meet(user: Any, actor: Actor, person: Any) -> None:
    stream = io.BytesIO(CUSTOMERS.encode())
    run = taking.upload(actor=for_user(user), stream=stream, name="b.csv")
    first, second = preview.first_orders(actor, run)
    assert (first.is_new, first.person, first.place) == (True, None, "Am Hang 7a, 01067, Dresden")
    assert (second.is_new, second.who, second.unfit) == (False, "Jo Gast", "keine")
    customer = person(email="anne@example.org")
    assert preview.first_orders(actor, run)[0].person == customer


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ("Billing Name,Billing Street,Billing Address1,Billing Zip,Shipping Name,Shipping Country,Name,Lineitem name",
         "customer_name,ignore,street,postal_code,ignore,country,number,name"),
        ("First Name (Billing),Last Name (Billing),Address 1&2 (Billing),Country Code (Billing),City (Shipping)",
         "first_name,last_name,street,customer_country,city"),
        ("order-id,buyer-email,buyer-name,ship-address-1,ship-postal-code,ship-country",
         "number,email,customer_name,street,postal_code,country"),
        ("Shipping Phone,Recipient Name,First Name (Shipping),Last Name (Shipping),SKU",
         "ignore,ignore,ignore,ignore,sku"),
        ("Name,Vorname,PLZ,Ort", "last_name,first_name,postal_code,city"),
    ],
)  # fmt: skip
def test_columns_of_customers_are_understood(columns: str, fields: str) -> None:
    assert list(suggested(columns.split(",")).values()) == fields.split(",")
