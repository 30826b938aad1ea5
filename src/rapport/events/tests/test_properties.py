"""What an event carried, as its page says it: labels, money, tables."""

from django.utils.translation import override

from rapport.events.descriptions import properties
from rapport.people.values.formatting import source_label


def test_properties_have_labels_and_amounts_their_currency():
    sent = {"order_id": "7", "total": 1938.4, "currency": "GBP", "gift_wrap": True, "coupon": ""}
    assert properties.values(sent) == [
        ("Order number", "7"),
        ("Total", "£1,938.40"),
        ("Currency", "GBP"),
        ("Gift wrap", "yes"),
    ]


def test_a_list_of_objects_is_a_table_of_all_their_keys():
    (table,) = properties.tables(
        {"currency": "GBP", "products": [{"name": "Tin", "price": "1.5"}, {"sku": "x"}]}
    )
    assert (table.label, table.headings, table.more) == ("Products", ["Name", "Price", "SKU"], 0)
    assert [[text for _heading, text in row] for row in table.rows] == [
        ["Tin", "£1.50", "–"],
        ["–", "–", "x"],
    ]


def test_what_is_no_amount_stays_as_it_was_sent():
    assert properties.values({"total": "free", "currency": "GBP", "value": [1, {"a": 2}]}) == [
        ("Total", "free"),
        ("Currency", "GBP"),
        ("Value", "1, 2"),
    ]


def test_sources_are_named_in_the_readers_language():
    with override("de"):
        names = [source_label(name) for name in ("by hand: Ada", "lifecycle", "computed", "Shop")]
    assert names == ["Von Hand: Ada", "Kundenphasen", "Berechnet", "Shop"]
