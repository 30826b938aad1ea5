"""Cells as people write them: numbers and dates by column, several addresses in one cell, what is not seen."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.transfers.imports import addresses, dates, numbers, reasons, suggest, values


@pytest.mark.parametrize(
    ("text", "notation", "number"),
    [
        ("(12,00)", "auto", -12), ("12,50-", "auto", -12.5), ("−3", "auto", -3), ("1'234.50", "auto", 1234.5),
        ("1 234,5 €", "auto", 1234.5), ("EUR 7", "auto", 7), ("12,34,567.89", "auto", 1234567.89),
        ("50 %", "auto", 50),
        ("1.355", "comma", 1355), ("1.355", "point", 1.355), ("1,355", "point", 1355), ("0.125", "auto", 0.125),
        ("1.234.567", "auto", 1234567), ("1,234.50", "comma", 1234.5), ("2.5e3", "auto", 2500),
        ("\u200b42", "auto", 42),
    ],
)  # fmt: skip
def test_numbers_are_read_as_their_column_writes_them(text, notation, number):
    assert values.number(text, notation) == number


@pytest.mark.parametrize(
    "text", ["12 apples", "abc12", "1.2.3", "31.12.1990", "1,2,3", "(12", "", "-", "1e999"]
)
def test_what_is_no_number_is_none(text):
    with pytest.raises(ValueError, match="number"):
        values.number(text)


@pytest.mark.parametrize(
    ("samples", "notation"),
    [
        (["1.355", "1.234,56"], "comma"), (["1,355", "12.50"], "point"), (["1.355", "2.100"], "ask"),
        (["12", "13"], "auto"), (["1.234,56", "1,234.56", "1.355"], "ask"), (["12,5", "x"], "comma"),
    ],
)  # fmt: skip
def test_a_column_of_numbers_is_judged_as_a_whole(samples, notation):
    assert numbers.notation_of(samples) == notation


@pytest.mark.parametrize(
    ("text", "order", "date"),
    [
        ("19350407", "auto", "1935-04-07"), ("44197", "excel", "2021-01-01"), ("44197.0", "excel", "2021-01-01"),
        ("2024-03-01 10:00:00 UTC", "auto", "2024-03-01T10:00:00+00:00"), ("5.6.1980", "dmy", "1980-06-05"),
        ("11/1/16 3pm", "mdy", "2016-11-01T15:00:00+00:00"),
    ],
)  # fmt: skip
def test_dates_in_other_notations_are_read(text, order, date):
    assert values.date(text, order) == date


@pytest.mark.parametrize(
    ("text", "latest", "date"),
    [
        ("13/05/55", dates.LATEST, "1955-05-13"), ("13/05/35", dates.LATEST, "2035-05-13"),
        ("13-May-61", dates.LATEST, "1961-05-13"), ("13-May-35", dates.LATEST, "2035-05-13"),
        ("13/05/35", dt.date(2026, 11, 29), "1935-05-13"), ("13-May-35", dt.date(2026, 11, 29), "1935-05-13"),
        ("29/11/26", dt.date(2026, 11, 29), "2026-11-29"), ("30/11/26", dt.date(2026, 11, 29), "1926-11-30"),
        ("29/02/00", dt.date(2026, 11, 29), "2000-02-29"), ("13/05/2035", dt.date(2026, 11, 29), "2035-05-13"),
    ],
)  # fmt: skip
def test_a_year_of_two_digits_is_the_latest_that_can_be_meant(text, latest, date):
    assert values.date(text, "dmy", latest) == date


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('R&D; O\'Neil; say "hi"', ["R&D", "O'Neil", 'say "hi"']), ('"a","b","c, d"', ["a", "b", "c, d"]),
        ('"a"; "b"', ["a", "b"]), ('a, say "hi"', ["a", 'say "hi"']), ('5" pipe', ['5" pipe']), ('"x"', ["x"]),
        ("* one ::: two", ["one", "two"]), (",", []),
    ],
)  # fmt: skip
def test_quotation_marks_are_taken_off_only_where_they_enclose_a_word(cell, words):
    assert values.listed(cell) == words


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31.02.1990", "date_none"), ("2023-02-30", "date_none"), ("0000-00-00", "date_none"),
        ("--0412", "date_year"),
        ("1604-04-12", "date_year"), ("12.04.", "date_year"), ("0001-01-01", "date_none"), ("1066-10-14", "date_far"),
        ("03/04/2026", "date_order"), ("soon", "date"), ("44197", "date"), ("19351399", "date"),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_read_say_why(text, code):
    with pytest.raises(ValueError, match=f"^{code}$"):
        values.date(text)


def test_a_column_of_dates_is_judged_as_a_whole():
    assert dates.notation_of(["03/04/2020", "31/12/2020"]) == "dmy"
    assert dates.notation_of(["03/04/2020", "12/31/2020"]) == "mdy"
    assert dates.notation_of(["44197", "33000"]) == "excel"


MAILS = ["a@x.org", "b@x.org"]


@pytest.mark.parametrize(
    "cell",
    [
        "a@x.org ::: b@x.org", "a@x.org;b@x.org", "a@x.org, b@x.org", "a@x.org b@x.org", "a@x.org\nb@x.org",
        "Ann <a@x.org>, Bob <B@x.org>", "mailto:a@x.org;mailto:b@x.org", "\u200ba@x.org;\ufeffb@x.org",
        "<a@x.org>;'b@x.org'",
    ],
)  # fmt: skip
def test_every_address_of_a_cell_is_read(cell):
    assert addresses.in_cell("email", cell, "GB") == (MAILS, [])


def test_what_is_no_address_is_named_and_costs_no_other():
    assert addresses.in_cell("email", "a@x.org; nonsense", "GB") == (
        ["a@x.org"],
        [("identifier_email", "nonsense")],
    )


@pytest.mark.parametrize(
    "cell",
    [
        "020 7946 0001 ::: 020 7946 0002",
        "020 7946 0001; +44 20 7946 0002",
        "tel:020 7946 0001, 020 7946 0002",
    ],
)
def test_every_number_of_a_cell_is_read(cell):
    assert addresses.in_cell("phone", cell, "GB") == (["+442079460001", "+442079460002"], [])


@pytest.mark.parametrize(
    ("cell", "ids"),
    [("55520.0", ["55520"]), (55520.0, ["55520"]), (55520, ["55520"]), ("A-1;A-2", ["A-1", "A-2"])],
)
def test_ids_have_one_notation(cell, ids):
    assert addresses.in_cell("user_id", cell, "GB") == (ids, [])


@pytest.mark.parametrize("cell", ["1.00012E+11", "1e15", "4,42E+10"])
def test_a_number_that_a_spreadsheet_shortened_is_nobodys(cell):
    assert addresses.in_cell("user_id", cell, "GB") == ([], [("digits_lost", cell)])


def test_what_is_not_seen_is_shown_and_left_out_at_the_ends():
    assert values.shown("a\u200bb") == "a⟨U+200B⟩b"
    assert values.text("\ufeffLeeds\u200b") == "Leeds"


@pytest.mark.django_db
def test_columns_that_make_one_trait_are_joined_and_others_are_not():
    headers = [
        "email",
        "street",
        "house number",
        "Birth year",
        "Birth month",
        "Birth day",
        "City",
        "city (2)",
    ]
    rows = [["a@x.org", "High Street", "12", "1990", "5", "17", "Leeds", "York"]]
    proposed, _system = suggest.mapping(headers, rows)
    keys = [column.get("key") for column in proposed["columns"][1:]]
    assert keys == ["street", "street", "birthday", "birthday", "birthday", "city", "city_2"]
    assert [column["type"] for column in proposed["columns"][3:6]] == ["year", "month", "day"]


@pytest.mark.django_db
def test_full_name_is_a_name_where_the_file_is_no_export_of_ours():
    [_email, name] = suggest.mapping(["email", "full_name"], [["a@x.org", "Ann Lee"]])[0]["columns"]
    assert name["key"] == "name"
    columns = suggest.mapping(["person_id", "email", "full_name"], [["1", "a@x.org", "Ann Lee"]])[0][
        "columns"
    ]
    assert columns[2] == {"to": "ignore"}


@pytest.mark.django_db
def test_a_vcards_uid_is_no_user_id_of_ours():
    [column] = suggest.mapping(["vcard_uid"], [["4fbe8971-0bc3-424c-9c26-36c3e1eff6b1"]])[0]["columns"]
    assert column["to"] == "trait"


cells = st.one_of(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=40),
    st.from_regex(r"[-+(]?[0-9.,' ]{1,12}([eE][-+]?[0-9]{1,3})?[)%€-]?", fullmatch=True),
    st.from_regex(r"[0-9]{1,4}[./ -][0-9]{1,2}[./ -][0-9]{1,4}( [0-9:]{1,8})?", fullmatch=True),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
)


@settings(max_examples=400, deadline=None)
@given(
    cells,
    st.sampled_from([*values.TRAIT_TYPES]),
    st.sampled_from(["auto", "dmy", "mdy", "excel", "point", "comma"]),
)
def test_a_cell_is_read_or_refused_with_a_code(cell, kind, notation):
    code = ""
    try:
        msgspec.json.encode(values.parser(kind, notation=notation)(cell))
    except ValueError as error:
        code = str(error)
    assert code in {"", *reasons.CELLS}


@settings(max_examples=300, deadline=None)
@given(cells, st.sampled_from(["email", "phone", "user_id", "anonymous_id"]))
def test_a_cell_of_identifiers_is_read_or_told(cell, kind):
    usable, left = addresses.in_cell(kind, cell, "GB")
    assert all(code in reasons.CELLS for code, _piece in left)
    assert all(addresses.in_cell(kind, value, "GB") == ([value], []) for value in usable)


@settings(max_examples=200, deadline=None)
@given(st.floats(-1e9, 1e9), st.sampled_from(["point", "comma"]))
def test_a_number_is_read_back_from_either_notation(number, notation):
    written = f"{number:,.2f}"
    if notation == "comma":
        written = written.translate(str.maketrans(",.", ".,"))
    assert values.number(written, notation) == pytest.approx(round(number, 2))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "cells", "column"),
    [
        ("id", ["1.00012E+11", "1e15"], {"to": "identifier", "type": "user_id"}),
        ("created", ["1700000000", "1700000001"], {"to": "first_seen"}),
        ("Birthday", ["--04-12", "1604-05-05"], {"to": "trait", "key": "birthday", "type": "date"}),
        ("Age", ["40", "old"], {"to": "trait", "key": "age", "type": "number"}),
        ("Country", ["NO", "NO"], {"to": "trait", "key": "country", "type": "text"}),
        ("E-mail 1 - Value", ["a@x.org ::: b@x.org"], {"to": "identifier", "type": "email"}),
        ("Organization Name", ["Acme"], {"to": "company", "part": "name"}),
    ],
)
def test_columns_are_suggested_by_name_content_and_what_the_business_decided(header, cells, column):
    [proposed] = suggest.mapping([header], [[cell] for cell in cells])[0]["columns"]
    assert proposed == column
