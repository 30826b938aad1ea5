"""Files as people have them: titles above the table, no column names, cards of old programs, nested Parquet."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapport.people.models import Company
from rapport.transfers.imports import readers
from rapport.transfers.imports.services import uploads
from rapport.transfers.tests.test_damaged_files import read, workbook


@pytest.mark.parametrize("first", [b"sep=;\r\n", b'"sep=;"\r\n', b"\xef\xbb\xbfsep=;\n"])
def test_a_line_that_names_the_delimiter_is_no_data(first):
    _layout, headers, rows = read(first + b"email;city, county\na@x.org;Leeds, York\n")
    assert (headers, rows[0].cells) == (["email", "city, county"], ["a@x.org", "Leeds, York"])


TITLED = "Customers 2024\n\nprinted on,01.02.2024\nemail,name,city\na@x.org,A,B\nb@x.org,C,D\n"


def test_column_names_are_looked_for_below_title_lines():
    _layout, headers, rows = read(TITLED.encode())
    assert (headers, len(rows)) == (["email", "name", "city"], 2)


def test_the_line_with_the_column_names_can_be_chosen():
    _layout, headers, rows = read(TITLED.encode(), header=4)
    assert (headers, len(rows)) == (["a@x.org", "A", "B"], 1)


def test_a_file_without_column_names_loses_no_row():
    layout, headers, rows = read(b"a@x.org,Ann,Leeds\nb@x.org,Bob\n")
    assert (layout.header, headers) == (0, ["Column 1", "Column 2", "Column 3"])
    assert [row.cells for row in rows] == [["a@x.org", "Ann", "Leeds"], ["b@x.org", "Bob", ""]]


def test_titles_above_the_table_of_a_workbook_are_passed_over():
    cells = (("Customers",), (), ("email", "city"), ("a@x.org", "Leeds"), ("b@x.org", "York"))
    _layout, headers, rows = read(workbook(cells=cells), "f.xlsx")
    assert (headers, len(rows)) == (["email", "city"], 2)


def test_dates_of_a_workbook_stay_dates():
    born = dt.datetime(1990, 5, 17)  # noqa: DTZ001  a cell has no zone
    _layout, _headers, rows = read(workbook(cells=(("email", "born"), ("a@x.org", born))), "f.xlsx")
    assert rows[0].cells == ["a@x.org", born]


def test_names_of_columns_differ_also_for_who_ignores_case():
    _layout, headers, _rows = read("City,city,\u200bCITY,email\n1,2,3,a@x.org\n".encode(), header=1)
    assert headers == ["City", "city (2)", "CITY (3)", "email"]


def test_a_last_column_without_a_name_is_read_when_rows_have_it():
    _layout, headers, rows = read(b"email,city\na@x.org,Leeds,vip\nb@x.org,York,vip\n")
    assert (headers[2], [row.problem for row in rows]) == ("Column 3", ["", ""])


def test_lines_of_nothing_but_delimiters_are_no_rows():
    _layout, _headers, rows = read(b"email;city\na@x.org;Leeds\n;\n;\n")
    assert len(rows) == 1


def cards(*lines):
    data = "\r\n".join(lines).encode("latin-1") + b"\r\n"
    _layout, headers, rows = read(data, "f.vcf")
    return [(dict(zip(headers, row.cells, strict=True)), row.problem, row.remarks) for row in rows]


def test_cards_of_outlook_in_quoted_printable_without_a_character_set():
    [(card, problem, _remarks)] = cards(
        "BEGIN:VCARD", "VERSION:2.1", "N;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg",
        "FN;QUOTED-PRINTABLE:J=C3=B6rg M=C3=BC=", "ller", "TEL;WORK;VOICE:+49 30 1234567",
        "EMAIL;PREF;INTERNET:j@x.org", "item1.EMAIL;type=INTERNET:k@x.org", "EMAIL:l@x.org",
        "ADR;WORK:;;Str. 1;Berlin;;10115;Germany", "UID:abc", "END:VCARD",
    )  # fmt: skip
    assert (card["name"], card["first_name"], card["last_name"], problem) == (
        "Jörg Müller",
        "Jörg",
        "Müller",
        "",
    )
    assert (card["email"], card["email_2"]) == ("j@x.org", "k@x.org; l@x.org")
    assert (card["city"], card["postcode"], card["vcard_uid"]) == ("Berlin", "10115", "abc")


def test_a_card_that_does_not_end_is_read_and_told():
    rows = cards("BEGIN:VCARD", "FN:Ann", "EMAIL:a@x.org", "BEGIN:VCARD", "FN:Bob", "EMAIL:b@x.org")
    assert [card["email"] for card, _problem, _remarks in rows] == ["a@x.org", "b@x.org"]
    assert all("END:VCARD" in remarks[0][1] for _card, _problem, remarks in rows)


def test_a_group_of_cards_is_no_person():
    [(_card, problem, _remarks)] = cards(
        "BEGIN:VCARD", "KIND:group", "FN:Team", "MEMBER:urn:uuid:1", "END:VCARD"
    )
    assert "group" in problem


@pytest.mark.parametrize("line", ["BDAY:1604-04-12", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "BDAY:--0412"])
def test_a_birthday_without_a_year_is_told_and_not_taken_for_1604(line):
    [(card, _problem, remarks)] = cards("BEGIN:VCARD", "FN:Ann", line, "END:VCARD")
    assert (card["birthday"], remarks[0][0]) == ("", "birthday")


def test_folded_lines_and_escapes_of_cards_are_undone():
    [(card, _problem, _remarks)] = cards(
        "BEGIN:VCARD", "FN:Ann", "NOTE:one\\, two\\n", " three\\; four", "END:VCARD"
    )
    assert card["note"] == "one, two\nthree; four"


def test_members_of_structures_in_parquet_are_columns():
    rows = [
        {
            "email": "a@x.org", "address": {"city": "Leeds", "geo": {"lat": 1.5}}, "tags": ["x"],
            "at": [{"d": dt.date(2024, 1, 2)}],
        },
        {"email": "b@x.org", "address": None, "tags": None, "at": None},
    ]  # fmt: skip
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    _layout, headers, read_rows = read(out.getvalue(), "f.parquet")
    assert headers == ["email", "address.city", "address.geo.lat", "tags", "at"]
    assert read_rows[0].cells == ["a@x.org", "Leeds", 1.5, ["x"], [{"d": "2024-01-02"}]]
    assert read_rows[1].cells == ["b@x.org", "", "", "", ""]


def test_what_is_no_card_is_refused():
    with pytest.raises(readers.Unreadable):
        read(b"hello", "f.vcf")


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in members:
            packed.writestr(name, content)
    out.seek(0)
    return out


@pytest.mark.postgres
def test_a_zip_made_on_a_mac_has_no_files_but_those_that_were_packed(actor):
    packed = zipped(
        ("people.csv", "email\na@x.org\n"),
        ("__MACOSX/._people.csv", b"\0\5\x16\7"),
        ("._people.csv", b"\0\5\x16\7"),
        ("sheet.xlsx", workbook()),
    )
    imports = uploads.upload(actor=actor, stream=packed, name="people.zip")
    assert [run.name for run in imports] == ["people.csv", "sheet.xlsx"]


@pytest.mark.postgres
def test_a_zip_with_a_password_is_refused_in_words(actor):
    data = bytearray(zipped(("people.csv", "email\na@x.org\n")).getvalue())
    data[6] |= 1  # the flag of encryption, in the entry and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(readers.Unreadable, match="password"):
        uploads.upload(actor=actor, stream=io.BytesIO(data), name="people.zip")


@pytest.mark.postgres
def test_a_company_is_one_whatever_the_case_and_blanks_of_its_name(bring):
    bring("email,company\na@x.org,Acme Ltd\nb@x.org,ACME  Ltd\n")
    bring("email,company\nc@x.org,acme ltd\n")
    company = Company.objects.get()
    assert (company.name, company.members.count()) == ("Acme Ltd", 3)
