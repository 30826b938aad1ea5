"""Damage in a file costs what is damaged and nothing else, and is named."""

from __future__ import annotations

import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from rapport.transfers.imports import readers


def read(data, name="f.csv", **layout_changes):
    stream = io.BytesIO(data)
    layout = readers.inspect(stream, name)
    for field, value in layout_changes.items():
        setattr(layout, field, value)
    with readers.rows(stream, layout) as table:
        return layout, table.headers, list(table.rows)


SWALLOWED = b'email,name,city\na@x.org,"Ann,Leeds\nb@x.org,Bob,York\nc@x.org,%b,Hull\n'


@pytest.mark.parametrize("later", [b"Cyd", b'"Cyd"', b'"Cy ""d"""'])
def test_a_quotation_mark_never_closed_costs_its_own_line_and_names_it(later):
    _layout, _headers, rows = read(SWALLOWED % later)
    assert [row.cells[0] for row in rows] == ["a@x.org", "b@x.org", "c@x.org"]
    assert [row.problem for row in rows] == ["a quotation mark that opens on line 2 is never closed", "", ""]


def test_cells_of_several_lines_stay_whole():
    data = b'email,note\na@x.org,"one, two\nthree, ""four""\nb@x.org,five"\nc@x.org,six\n'
    _layout, _headers, rows = read(data)
    assert [row.problem for row in rows] == ["", ""]
    assert rows[0].cells[1].count("\n") == 2


def test_more_than_four_megabytes_behind_an_open_quotation_mark_are_read_again():
    data = b'email,name\na@x.org,"Ann\n' + b"b@x.org,Bob\n" * 400_000
    _layout, _headers, rows = read(data)
    assert (len(rows), rows[0].problem[-12:], rows[-1].problem) == (400_001, "never closed", "")


def test_column_names_with_an_open_quotation_mark_are_an_error_that_names_the_line():
    with pytest.raises(readers.Unreadable, match="line 1"):
        read(b'"email,city\na@x.org,Leeds\n')


def test_one_line_in_windows_1252_leaves_the_utf8_names_alone():
    utf8 = "".join(f"p{n}@x.org,Müller\n" for n in range(50))
    _layout, _headers, rows = read(b"email,name\n" + utf8.encode() + "q@x.org,Jörg\n".encode("cp1252"))
    assert {row.cells[1] for row in rows} == {"Müller", "Jörg"}
    assert [row.number for row in rows if row.remarks] == [51]
    assert "cp1252" in rows[50].remarks[0][1]


def test_one_utf8_line_in_a_windows_1252_file_is_read_as_what_it_is():
    western = "".join(f"p{n}@x.org,Müller\n" for n in range(50))
    _layout, _headers, rows = read(b"email,name\n" + western.encode("cp1252") + "q@x.org,Jörg\n".encode())
    assert rows[50].cells[1] == "Jörg"
    assert [row.number for row in rows if row.remarks] == [51]


def test_a_wrong_line_far_behind_the_sample_is_read_too():
    data = b"email,name\n" + b"a@x.org,Ann\n" * 40_000 + "z@x.org,Zoë\n".encode("cp1252")
    _layout, _headers, rows = read(data)
    assert rows[-1].cells == ["z@x.org", "Zoë"]


def test_damaged_characters_of_a_utf16_file_cost_their_line_and_no_other():
    data = bytearray("email,name\na@x.org,Ann\nb@x.org,Jörg\n".encode("utf-16"))
    data[-8:-6] = b"\x00\xd8"  # half of a pair
    _layout, _headers, rows = read(bytes(data))
    assert [(row.cells[0], bool(row.remarks)) for row in rows] == [("a@x.org", False), ("b@x.org", True)]


def workbook(change=None, cells=(("email", "born"), ("a@x.org", "Leeds"))):
    """An XLSX file, `change(name, content)` applied to each of its parts."""
    book, out, changed = Workbook(), io.BytesIO(), io.BytesIO()
    for line in cells:
        book.active.append(line)
    book.save(out)
    with zipfile.ZipFile(out) as source, zipfile.ZipFile(changed, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry.filename, change(entry.filename, content) if change else content)
    return changed.getvalue()


def replaced(part, old, new):
    def change(name, content):
        if name != part:
            return content
        assert old in content
        return content.replace(old, new)

    return change


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    "change",
    [
        replaced(SHEET, b'<dimension ref="A1:B2"', b'<dimension ref="A1"'),
        replaced(SHEET, b'<dimension ref="A1:B2"', b'<dimension ref="nonsense"'),
        replaced(SHEET, b'<dimension ref="A1:B2" />', b""),
        replaced("xl/styles.xml", b'<fills count="2">', b"<fills><fill/>"),
        replaced("xl/styles.xml", b'<fonts count="1">', b"<fonts><nonsense/>"),
    ],
)
def test_a_workbook_is_read_whatever_it_claims_of_itself(change):
    _layout, headers, rows = read(workbook(change), "f.xlsx")
    assert (headers, [row.cells for row in rows]) == (["email", "born"], [["a@x.org", "Leeds"]])


@pytest.mark.parametrize(
    "change",
    [
        replaced(SHEET, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet'),
        replaced(SHEET, b"</row>", b""),
        replaced("xl/workbook.xml", b"<sheets>", b"<sheets"),
        replaced("[Content_Types].xml", b"<Types", b"<!DOCTYPE Types><Types"),
    ],
)
def test_a_damaged_workbook_is_refused_in_words(change):
    with pytest.raises(readers.Unreadable):
        read(workbook(change), "f.xlsx")


def test_cells_beyond_the_columns_of_a_sheet_are_told():
    cells = (("email", "city"), ("a@x.org", "Leeds", "lost"), ("b@x.org", "York"))
    _layout, _headers, rows = read(workbook(cells=cells), "f.xlsx")
    assert [row.problem for row in rows] == ["more cells than columns", ""]


def test_a_nul_character_is_left_out_with_a_remark_and_a_line_of_them_stays_a_row():
    _layout, headers, rows = read(b"em\0ail,name\na@x.org,A\0nn\nb@x.org,Bob\n" + b"\0" * 9)
    assert headers == ["email", "name"]
    assert [(row.cells[0], bool(row.remarks)) for row in rows[:2]] == [("a@x.org", True), ("b@x.org", False)]
    assert (rows[0].cells[1], len(rows), bool(rows[2].remarks)) == ("Ann", 3, True)


def test_fields_padded_with_nul_characters_are_read():
    _layout, _headers, rows = read(b"email,name\n" + b"a@x.org\0\0\0\0\0,Ann\0\0\0\0\0\0\0\n" * 3)
    assert {tuple(row.cells) for row in rows} == {("a@x.org", "Ann")}


def test_a_cell_of_more_than_four_megabytes_costs_its_row():
    _layout, _headers, rows = read(b"email,name\na@x.org," + b"A" * 5_000_000 + b"\nb@x.org,Bob\n")
    assert [row.problem for row in rows] == ["a cell on line 2 has more than 4 MB", ""]


def test_a_day_that_no_calendar_reaches_costs_its_cell_of_a_parquet_file():
    table = pa.table({"email": ["a@x.org", "b@x.org"], "born": pa.array([800_000_000, 0], pa.date32())})
    out = io.BytesIO()
    pq.write_table(table, out)
    _layout, _headers, rows = read(out.getvalue(), "f.parquet")
    assert [(row.cells[0], [remark[0] for remark in row.remarks]) for row in rows] == [
        ("a@x.org", ["born"]), ("b@x.org", []),
    ]  # fmt: skip


CARD = "BEGIN:VCARD\r\nFN:Zoë\r\nEMAIL:a@x.org\r\nEND:VCARD\r\n"


@pytest.mark.parametrize("data", [
    CARD.encode("utf-16"), CARD.replace("\r\n", "\r").encode(), CARD.replace("FN:", "FN;CHARSET=punycode:").encode(),
    CARD.replace("Zoë", "Z\0oë").encode(),
])  # fmt: skip
def test_cards_in_odd_encodings_and_line_ends_are_read(data):
    _layout, _headers, rows = read(data, "f.vcf")
    assert [(row.cells[0], row.cells[3]) for row in rows] == [("Zoë", "a@x.org")]
