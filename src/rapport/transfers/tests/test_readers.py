"""Files as people really have them: encodings, delimiters, damage, and other systems' exports."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rapport.people import spelling
from rapport.transfers.imports import readers, suggest, systems, values


def read(data, name="f.csv", skip=0):
    stream = io.BytesIO(data)
    layout = readers.inspect(stream, name)
    with readers.rows(stream, layout, skip) as table:
        return layout, table.headers, list(table.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found(encoding, delimiter):
    lines = [["name", "city"], *[["Zoë Müller", "Köln"], ["André", "Málaga"]] * 4]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    _layout, headers, rows = read(text.encode(encoding))
    assert headers == ["name", "city"]
    assert rows[0].cells == ["Zoë Müller", "Köln"]


def test_line_breaks_in_cells_and_ragged_rows_are_taken_as_they_are_meant():
    _layout, _headers, rows = read(b'a,b\n"one\ntwo",x\nshort\nx,y,too,many\n')
    assert [row.cells for row in rows] == [["one\ntwo", "x"], ["short", ""], ["x", "y"]]
    assert [bool(row.problem) for row in rows] == [False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        'email, name, city\na@x.org, "Doe, Jane", "Bonn"\nb@x.org,   "Roe, ""J""",Paris\n',
        '"email"; "name"; "city"\n"a@x.org"; "Doe, Jane"; "Bonn"\nb@x.org; "Roe, ""J"""; Paris\n',
        'email  , name   , city\na@x.org, "Doe, Jane", Bonn, \nb@x.org, "Roe, ""J""" , Paris,\n',
    ],
)
def test_quotation_marks_behind_a_blank_hold_their_cell_together(text):
    _layout, headers, rows = read(text.encode())
    assert headers == ["email", "name", "city"]
    cells = [[cell.strip() for cell in row.cells] for row in rows]
    assert cells == [["a@x.org", "Doe, Jane", "Bonn"], ["b@x.org", 'Roe, "J"', "Paris"]]
    assert not any(row.problem for row in rows)


def test_a_quotation_mark_behind_a_blank_may_be_text():
    _layout, _headers, rows = read(b'item,size,price\ntube, "5 mm,2\nrod, "6 mm,3\n')
    assert [row.cells for row in rows] == [["tube", ' "5 mm', "2"], ["rod", ' "6 mm', "3"]]


cells = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=20))
def test_whatever_csv_was_written_is_read_back(table):
    out = io.StringIO()
    csv.writer(out).writerows([["one", "two", "three"], *table])
    _layout, _headers, rows = read(b"\xef\xbb\xbf" + out.getvalue().encode())
    assert [tuple(row.cells) for row in rows] == [line for line in table if any(line)]


def test_reading_goes_on_after_the_rows_that_are_done():
    data = b"a\n" + b"".join(b"%d\n" % n for n in range(1, 101))
    _layout, _headers, rows = read(data, skip=97)
    assert [(row.number, row.cells) for row in rows] == [(98, ["98"]), (99, ["99"]), (100, ["100"])]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"PK\x03\x04broken", b"PAR1broken", b"\x00\x01\x02\x03" * 50])
def test_a_file_that_is_none_is_refused_in_words(data):
    with pytest.raises(readers.Unreadable):
        read(data)


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"[a-zA-Z0-9._+-]{1,20}@(xn--|a)?[a-zA-Z0-9.-]{1,20}\.[a-z]{2,6}", fullmatch=True))
@example("a@xn--bcher-kva.example")
@example("a@ab--cd.org")
@example("a@b.test")
def test_the_quick_way_to_an_address_agrees_with_the_careful_one(text):
    assert spelling.spelled("email", text) == spelling._any_email.__wrapped__(text)


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2026-03-04", "auto", "2026-03-04"),
        ("31/12/2025", "auto", "2025-12-31"),
        ("12/31/2025", "auto", "2025-12-31"),
        ("03.04.2026", "dmy", "2026-04-03"),
        ("03/04/2026", "mdy", "2026-03-04"),
        ("4 Mar 2026", "auto", "2026-03-04"),
        ("March 4, 2026", "auto", "2026-03-04"),
        ("04-Mar-26", "auto", "2026-03-04"),
        ("4. März 2026", "auto", "2026-03-04"),
        ("4 août 2026", "auto", "2026-08-04"),
    ],
)
def test_dates_are_understood(text, order, moment):
    assert values.date(text, order) == moment


@pytest.mark.parametrize("text", ["03/04/2026", "yesterday", "31/02/2026", "99/99/9999"])
def test_dates_that_are_none_or_ambiguous_are_refused(text):
    with pytest.raises(ValueError, match=r"date|first"):
        values.date(text)


@pytest.mark.parametrize(
    ("text", "number"), [("1,234.50", 1234.5), ("1.234,50", 1234.5), ("£ 12", 12), ("0,5", 0.5)]
)
def test_numbers_are_understood(text, number):
    assert values.number(text) == number


HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Create Date,Unsubscribed from all email"
)
MAILCHIMP = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
MAUTIC = "id,points,title,firstname,lastname,company,position,email,phone,mobile,address1,zipcode,date_identified,tags"
SALESFORCE = (
    "Contact ID,First Name,Last Name,Account Name,Email,Phone,Contact Owner,Created Date,Email Opt Out"
)


@pytest.mark.parametrize(
    ("header", "name"),
    [(HUBSPOT, "hubspot"), (MAILCHIMP, "mailchimp"), (MAUTIC, "mautic"), (SALESFORCE, "salesforce")],
)
def test_the_exports_of_other_systems_are_recognised(header, name):
    assert systems.recognised(header.split(",")).name == name


@pytest.mark.django_db
def test_a_mapping_is_suggested_from_names_and_values():
    headers = ["Kundennummer", "E-Mail", "Handy", "x", "Born", "Points"]
    rows = [["7", "a@example.org", "+44 20 7946 0001", "b@example.org", "03/04/1980", "12"]] * 5
    mapping, _system = suggest.mapping(headers, rows)
    kinds = [column.get("type") for column in mapping["columns"]]
    assert kinds == ["user_id", "email", "phone", "email", "date", "number"]
    assert mapping["columns"][4]["notation"] == "ask"
