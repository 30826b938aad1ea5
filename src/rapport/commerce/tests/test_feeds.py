"""Feeds of products, with what other importers were reported to get wrong."""

from __future__ import annotations

import datetime as dt
import io
import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook

from rapport.commerce.feeds import ahead, google, missing, running, taking
from rapport.commerce.feeds.columns import suggested
from rapport.commerce.models import FeedRun, Price, Product, ProductAlert, Stock, Variant
from rapport.core import access, jobs
from rapport.core.models import User
from rapport.transfers.imports.readers import Unreadable

HEAD = b"id,title,price,availability,link\n"


@pytest.fixture
def actor(user: User) -> access.Actor:
    return access.for_user(user)


@pytest.fixture
def feed(shop, actor, clock):
    return taking.create_feed(actor=actor, shop=shop, name="Shop", clock=clock)


@pytest.fixture
def take(feed, actor, clock):
    """Takes a file and returns its run; rows are those that were not taken."""

    def read(data: bytes | str, name: str = "feed.csv") -> FeedRun:
        stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
        run = taking.upload(actor=actor, feed=feed, stream=stream, name=name, clock=clock)
        jobs.run_once(clock, "imports")
        run.refresh_from_db()
        return run

    return read


def lines(*rows: str) -> bytes:
    return HEAD + "\n".join(rows).encode()


def errors(run: FeedRun) -> dict[int, str]:
    return dict(run.row_errors.values_list("row", "reason"))


def offers() -> dict[str, Any]:
    return dict(Price.objects.filter(valid_until=None).values_list("variant__external_id", "amount"))


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
<title>Shop</title><link>https://shop.example</link>
<item><g:id>M-S</g:id><g:item_group_id>M</g:item_group_id><title>Short</title><g:title>Mug &amp; saucer</g:title>
<link>https://shop.example/m?a=1&b=2</link><g:price>15.00 EUR</g:price><g:sale_price>12.00 EUR</g:sale_price>
<g:sale_price_effective_date>2026-02-24T13:00-0800/2026-03-29T15:30-0800</g:sale_price_effective_date>
<g:availability>in stock</g:availability><g:image_link>https://shop.example/1.jpg</g:image_link>
<g:additional_image_link>https://shop.example/2,3.jpg</g:additional_image_link>
<g:additional_image_link>https://shop.example/4.jpg</g:additional_image_link>
<g:size>S</g:size><g:shipping><g:country>DE</g:country><g:price>4.95 EUR</g:price></g:shipping>
<g:product_type>Home &gt; Kitchen</g:product_type><g:google_product_category>638</g:google_product_category></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><g:id>A1</g:id><title>Caf&eacute; set</title><link href="https://shop.example/a1"/><summary>Nice</summary>
<g:price>9.99 GBP</g:price><g:availability>https://schema.org/OutOfStock</g:availability></entry></feed>"""


def test_google_s_rss_with_groups_sales_and_images(take):
    run = take(RSS, "feed.xml")
    product, variant = Product.objects.get(), Variant.objects.get()
    assert (run.state, run.added, errors(run)) == ("done", 1, {})
    assert (product.external_id, product.title, product.category.path) == (
        "M",
        "Mug & saucer",
        "Home > Kitchen",
    )
    assert product.url == "https://shop.example/m?a=1&b=2"
    assert [image["url"][-7:] for image in product.images] == ["e/1.jpg", "2,3.jpg", "e/4.jpg"]
    assert (variant.external_id, variant.options, variant.label) == ("M-S", {"size": "S"}, "S")
    price = Price.objects.get()
    assert (price.amount, price.currency, price.sale_amount) == (15, "EUR", 12)
    assert price.sale_from.isoformat() == "2026-02-24T21:00:00+00:00"
    assert Stock.objects.get().available is None


def test_google_s_atom_with_names_of_html(take):
    assert errors(take(ATOM, "feed.xml")) == {}
    product = Product.objects.get()
    assert (product.title, product.url) == ("Café set", "https://shop.example/a1")
    assert Stock.objects.get().available == 0


@pytest.mark.parametrize(
    ("xml", "count"),
    [
        (RSS.replace(' xmlns:g="http://base.google.com/ns/1.0"', ""), 1),  # odoo/odoo#213316
        ("\ufeff" + RSS, 1),
        (RSS.replace("Mug &amp; saucer", "<![CDATA[Mug & <b>saucer</b>]]>"), 1),
    ],
)
def test_xml_that_others_stumble_over(xml, count):
    assert len(list(google.rows(io.BytesIO(xml.encode())))) == count


def test_entities_that_fill_the_memory_are_refused():
    bomb = (
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;">]><rss><item><g:id>&b;</g:id></item></rss>'
    )
    with pytest.raises(Unreadable):
        list(google.rows(io.BytesIO(bomb.encode())))


def test_an_xml_that_breaks_off_keeps_what_came_and_drops_nothing(take, feed):
    take(
        RSS.replace("</channel>", "<item><g:id>B</g:id><g:title>Bowl</g:title></item></channel>"), "feed.xml"
    )
    run = take(RSS.replace("15.00", "14.00").replace("</channel></rss>", "<item><g:id>"), "feed.xml")
    assert run.state == "failed"
    assert "line" in run.trouble
    assert not Product.objects.filter(status="gone").exists()


def _xlsx() -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active.append(["id", "title", "price", "ean"])
    book.active.append(["P1", "Mug", 9.5, 36000291452])
    book.save(out)
    return out.getvalue()


def _parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"id": ["P1"], "title": ["Mug"], "price": [Decimal("9.50")]}), out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("f.csv", b"id,title,price\nP1,Mug,9.50 GBP\n"),
        ("f.csv", "Artikelnummer;Bezeichnung;Preis\nP1;Mug;9,50 £\n".encode("cp1252")),
        ("f.tsv", b"id\ttitle\tprice\nP1\tMug\t9.50 GBP\n"),
        ("f.txt", "id\ttitle\tprice\r\nP1\tMug\t9.50 GBP\r\n".encode("utf-16")),
        ("f.jsonl", b'{"id": "P1", "title": "Mug", "price": 9.5}\n'),
        ("f.json", json.dumps([{"id": "P1", "title": "Mug", "price": "9.50"}]).encode()),
        ("f.xlsx", _xlsx()),
        ("f.parquet", _parquet()),
    ],
)
def test_every_format_says_the_same(take, name, data):
    run = take(data, name)
    assert (run.state, errors(run), offers()) == ("done", {}, {"P1": Decimal("9.5")})
    assert Product.objects.get().title == "Mug"


def test_bad_rows_are_named_and_the_rest_goes_in(take):
    run = take(
        lines(
            "P1,Mug,5.00,in_stock,https://a.example/1",
            ",No id,5.00,in_stock,",
            "P2,Bowl,free,in_stock,",
            "P3,Pan,5.00,maybe,",
            "P1,Mug again,6.00,in_stock,",
            "P4,Pot,5.00,in_stock,javascript:alert(1)",
            "P5,Cat's bowl,7.00,Out-Of-Stock,",  # medusajs/medusa#13453: an apostrophe ended the import
        )
    )
    assert offers() == {"P1": 5, "P5": 7}
    assert sorted(errors(run)) == [2, 3, 4, 5, 6]
    reasons = errors(run)
    assert ("id" in reasons[2], "free" in reasons[3], "maybe" in reasons[4]) == (True, True, True)
    assert run.errors == 5


def test_rows_that_say_the_same_again_change_nothing(take):
    take(lines("P1,Mug,5,in_stock,", "P2,Bowl,6,in_stock,"))
    run = take(lines("P1,Mug,5,in_stock,", "P2,Bowl,7,in_stock,"))
    assert (run.unchanged, run.changed, run.added) == (1, 1, 0)
    assert Price.objects.count() == 3


def test_amounts_are_what_the_file_says(take):
    """medusajs/medusa#4131: 33.61 became 3361.00; woocommerce/woocommerce#18100: decimal commas."""
    take("id;titel;preis\nA;a;33,61\nB;b;1.234,50 €\nC;c;12,9 EUR\n")
    assert offers() == {"A": Decimal("33.61"), "B": Decimal("1234.5"), "C": Decimal("12.9")}


def test_variants_of_woocommerce_in_any_order(take):
    """woocommerce/woocommerce#21809: a variation before its parent stopped the import."""
    head = "ID,Type,SKU,Name,Regular price,Sale price,Stock,Parent,Categories\n"
    small, large = "12,variation,T-S,Tee - S,10,8,3,id:11,\n", "13,variation,T-M,Tee - M,10,,0,id:11,\n"
    run = take(head + small + "11,variable,T,Tee,,,,,Clothes > Shirts\n" + large)
    product = Product.objects.get()
    assert (errors(run), product.external_id, product.title) == ({}, "11", "Tee")
    labels = dict(product.variants.values_list("external_id", "label"))
    assert labels == {"12": "Tee - S", "13": "Tee - M"}
    assert product.category.path == "Clothes > Shirts"


def test_what_a_full_feed_lacks_is_gone_and_comes_back(take):
    rows = [f"P{n},Mug {n},5,in_stock," for n in range(10)]
    take(lines(*rows))
    run = take(lines(*rows[:9]))
    assert (run.state, run.missing) == ("done", 1)
    assert list(Product.objects.filter(status="gone").values_list("external_id", flat=True)) == ["P9"]
    take(lines(*rows))
    assert not Product.objects.filter(status="gone").exists()


@pytest.mark.parametrize("drop", [True, False])
def test_a_feed_that_is_suddenly_half_empty_asks_first(take, actor, drop):
    rows = [f"P{n},Mug {n},5,in_stock," for n in range(10)]
    take(lines(*rows))
    run = take(lines(*rows[:5]))
    assert (run.state, run.missing, Product.objects.filter(status="gone").count()) == ("asking", 5, 0)
    missing.decide(actor=actor, run_id=run.pk, drop=drop)
    assert Product.objects.filter(status="gone").count() == (5 if drop else 0)
    assert FeedRun.objects.get(pk=run.pk).state == "done"


def test_a_bad_row_is_not_a_missing_one(take):
    take(lines("P1,Mug,5,in_stock,", *[f"Q{n},q,5,in_stock," for n in range(9)]))
    take(lines("P1,Mug,oops,in_stock,", *[f"Q{n},q,5,in_stock," for n in range(9)]))
    assert Product.objects.get(external_id="P1").status == "active"
    assert offers()["P1"] == 5


def test_a_run_that_was_killed_goes_on_where_it_stopped(take, monkeypatch, clock):
    monkeypatch.setattr(ahead, "BLOCK", 2)
    write, calls = running._written, []

    def dies(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return write(*arguments, **options)

    monkeypatch.setattr(running, "_written", dies)
    run = take(lines(*[f"P{n},Mug,5,in_stock," for n in range(5)]))
    assert (run.position, Product.objects.count()) == (2, 2)
    clock.advance(dt.timedelta(hours=1))
    jobs.run_once(clock, "imports")
    run.refresh_from_db()
    assert (run.state, run.position, run.added, run.errors) == ("done", 5, 5, 0)


def test_the_first_file_tells_nobody_of_new_arrivals(take):
    take(lines("P1,Mug,5,in_stock,"))
    assert not ProductAlert.objects.exists()
    take(lines("P1,Mug,4,in_stock,", "P2,Bowl,6,in_stock,"))
    assert sorted(ProductAlert.objects.values_list("kind", flat=True)) == ["New Arrival", "Price Dropped"]


def test_addresses_inside_are_not_fetched(shop, actor):
    with pytest.raises(ValidationError):
        taking.create_feed(
            actor=actor, shop=shop, name="x", address="http://127.0.0.1/feed", every_minutes=60
        )


def test_columns_are_known_by_what_shops_call_them():
    mapping = suggested(["g:id", "MPN", "g:product_type", "google_product_category", "Size", "Care", "EAN"])
    assert list(mapping.values()) == [
        "variant",
        "sku",
        "category",
        "attribute",
        "option",
        "attribute",
        "gtin",
    ]


def test_a_web_page_instead_of_a_feed_is_refused(take):
    with pytest.raises(Unreadable):
        take(b"<!doctype html><html><body>Please sign in</body></html>", "feed.xml")
    assert not FeedRun.objects.exists()
