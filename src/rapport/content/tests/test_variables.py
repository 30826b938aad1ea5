"""What templates know beside the person: segments, products, and how their language writes numbers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from rapport.commerce.models import Catalogue, Price, Product, Variant
from rapport.commerce.queries import product_cards
from rapport.content.registry import Addressee
from rapport.content.services import checks, variables
from rapport.content.services.liquid import Program
from rapport.segments.models import Membership, Segment

NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def product(db):
    def make(external_id, amount="10", **values):
        catalogue, _new = Catalogue.objects.get_or_create(store="main", defaults={"name": "Shop"})
        values = {"title": external_id.title(), "url": f"https://shop.example/{external_id}"} | values
        row = Product.objects.create(catalogue=catalogue, external_id=external_id, **values)
        variant = Variant.objects.create(catalogue=catalogue, product=row, external_id=f"{external_id}-1")
        Price.objects.create(variant=variant, currency="EUR", amount=Decimal(amount), valid_from=NOW)
        return row

    return make


def test_conditions_by_segment_ask_once_for_a_block_of_people(db, person, django_assert_num_queries):
    ada, bob = person(email="ada@example.org"), person(email="bob@example.org")
    vip = Segment.objects.create(key="vip", name="VIP", kind="rules", definition={"all": []})
    Membership.objects.create(segment=vip, person=ada, entered_at=NOW, definition_version=1)
    addressees = [Addressee(ada.pk), Addressee(bob.pk)]
    variables.segments.names()
    with django_assert_num_queries(1):
        assert variables.in_segments(addressees, ["vip"]) == [{"vip": True}, {"vip": False}]
    (wrong,) = variables.in_segments(addressees[:1], ["vipp"])
    assert "vipp" in str(wrong)


def test_a_card_has_the_lowest_price_and_what_it_was_before_a_sale(product):
    row = product("lamp", "20", texts={"de": {"title": "Lampe"}})
    price = Price.objects.get()
    price.sale_amount, price.sale_until = Decimal(15), NOW + dt.timedelta(days=1)
    price.save()
    card = product_cards.by_key({"lamp-1"}, NOW, "de-DE")["lamp-1"]
    assert (card["title"], Decimal(card["price"]), Decimal(card["was"])) == ("Lampe", 15, 20)
    later = product_cards.by_key({"lamp"}, NOW + dt.timedelta(days=2))["lamp"]
    assert (Decimal(later["price"]), later["was"]) == (20, "")
    assert product_cards.by_key({"nothing"}, NOW) == {}
    assert row.title == "Lamp"


def test_only_what_is_on_sale_is_new(product):
    product("lamp")
    product("gone", status=Product.Status.GONE)
    assert [card["id"] for card in product_cards.newest(NOW)] == ["lamp"]
    (wrong,) = variables.products([Addressee(None)], ["nice"])
    assert "viewed" in str(wrong)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en-GB", "1,234.5 €12.50 24 Dec 2026"),
        ("de", "1.234,5 12,50\xa0€ 24.12.2026"),
        ("", "1,234.5 €12.50 24 Dec 2026"),
        ("xx-nowhere", "1,234.5 €12.50 24 Dec 2026"),
    ],
)
def test_numbers_money_and_days_are_written_as_the_language_does(language, expected):
    program = Program('{{ 1234.5 | number }} {{ "12.5" | money: "EUR" }} {{ "2026-12-24" | local_date }}')
    assert program.render({"language": language}) == expected
    assert ("language", "*") in program.names


@pytest.mark.parametrize("value", ["", "x", "1e999999999", "NaN", "2026-99-99", None, True, [1]])
def test_what_is_no_number_or_day_stays_as_it_is(value):
    program = Program("{{ x | number }}|{{ x | money }}|{{ x | local_date }}")
    plain = Program("{{ x }}").render({"x": value})
    assert program.render({"x": value}).split("|") == [plain] * 3


@pytest.mark.parametrize(
    ("subject", "page", "words"),
    [
        ("News", '<img src="https://a.example/x.png">', "alternative text"),
        ("News", "<p>" + "x" * 110_000, "102 kB"),
        ("News", '<a href="http://a.example/">x</a>', "not encrypted"),
        ("ACT NOW!!! You are a WINNER", "", "like spam"),
        ("BIGGEST SALE ever", "", "shouts"),
        ("x" * 80, "", "80 characters"),
        ("News", '<img src="a" alt="">', "only images"),
    ],
)
def test_an_author_is_warned(db, subject, page, words):
    assert any(words in warning for warning in checks.of_mail(subject=subject, page=page))


def test_a_sound_mail_has_no_warning_but_what_the_workspace_lacks(db):
    page = "<p>" + "word " * 30 + '<img src="https://a.example/x.png" alt="A sea">'
    assert [w for w in checks.of_mail(subject="News of June", page=page) if "postal" not in w] == []
