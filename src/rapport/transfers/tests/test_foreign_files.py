"""Files that are called exports: tables of markup and JSON are read, everything else is refused with what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import zipfile

import pytest

from rapport.transfers.imports import readers
from rapport.transfers.tests.test_damaged_files import SHEET, read, replaced, workbook

HTML = """<html><head><style>td {color: red}</style></head><body><h1>Customers</h1>
<table><tr><th>email<th>name<th>city</tr>
<tr><td>a@x.org</td><td>Ann &amp; Co</td><td>Köln</td></tr>
<tr><td colspan=2>b@x.org</td><td>York<br>UK<table><tr><td>inner</table></td></tr>
</table></body></html>"""
XML_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<ss:Worksheet ss:Name="S"><Table><Row><Cell><Data ss:Type="String">email</Data></Cell>
<Cell><Data ss:Type="String">name</Data></Cell><Cell><Data ss:Type="String">city</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">a@x.org</Data></Cell><Cell ss:Index="3">
<Data ss:Type="String">Köln</Data></Cell></Row>
</Table></ss:Worksheet></Workbook>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_html_table_saved_as_xls_is_a_table(encoding):
    _layout, headers, rows = read(HTML.encode(encoding), "export.xls")
    assert headers == ["email", "name", "city"]
    assert [row.cells for row in rows] == [
        ["a@x.org", "Ann & Co", "Köln"], ["b@x.org", "", "York\nUK inner"],
    ]  # fmt: skip


def test_an_xml_spreadsheet_of_2003_is_a_table():
    _layout, headers, rows = read(XML_2003.encode(), "export.xls")
    assert (headers, [row.cells for row in rows]) == (["email", "name", "city"], [["a@x.org", "", "Köln"]])


RECORDS = [{"email": "a@x.org", "address": {"city": "Köln"}}, {"email": "b@x.org", "tags": ["x"]}]


@pytest.mark.parametrize("text", [
    json.dumps(RECORDS), json.dumps(RECORDS, indent=2), "\ufeff" + "\n".join(json.dumps(record) for record in RECORDS),
])  # fmt: skip
def test_json_is_read_as_a_list_and_as_lines(text):
    _layout, headers, rows = read(text.encode(), "people.json")
    assert headers == ["email", "address.city", "tags"]
    assert [row.cells for row in rows] == [["a@x.org", "Köln", ""], ["b@x.org", "", ["x"]]]


def test_a_line_that_is_no_json_costs_itself_and_a_late_field_is_named(monkeypatch):
    monkeypatch.setattr("rapport.transfers.imports.readers.records.FIRST", 2)
    lines = b'{"email":"a@x.org"}\n{"email":"b@x.org"\n{"email":"c@x.org","late":1}\n'
    _layout, _headers, rows = read(lines, "people.jsonl")
    assert [row.problem for row in rows] == ["", "line 2 is no JSON object", ""]
    assert rows[2].remarks[0][0] == "late"


def zipped(**entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in entries.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512


@pytest.mark.parametrize(("data", "advice"), [
    (OLE, "old Excel workbook.*save it as XLSX"),
    (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
    (b"\x09\x04\x06\x00\x00\x00\x10\x00" + b"\x01\x02" * 99, "old Excel workbook"),
    (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="<x/>"), "OpenDocument"),
    (zipped(**{"Index/Document.iwa": "x"}), "iWork"),
    (zipped(**{"xl/workbook.bin": "x"}), "XLSB"),
    (zipped(word__document_xml="<x/>"), "document"),
    (b"PK\x03\x04 cut off", "damaged or has a password"),
    (gzip.compress(b"email\na@x.org\n", mtime=0), "packed"), (bz2.compress(b"email\na@x.org\n"), "packed"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "document"), (b"\x89PNG\r\n\x1a\n", "picture"),
    (b"<!DOCTYPE html><html><body>Please log in</body></html>", "login page"),
    (b'<?xml version="1.0"?><people><person/></people>', "without a table"),
    (b'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n', "web archive"),
    (b'{"people": [{"email": "a@x.org"}]}', "one object that holds a list"),
    (b'[{"email": "a@x.org"}, {"email": ', "Entry 2"), (b"[]", "no records"),
    (b'[{"a": ' + b"[" * 5_000, "Entry 1"),
    (bytes(range(256)) * 20, "not a text file"), (b"\xef\xbb\xbf \n", "empty"),
])  # fmt: skip
def test_what_is_no_table_is_refused_in_a_sentence_that_says_what_to_do(data, advice):
    with pytest.raises(readers.Unreadable, match=f"(?s){advice}"):
        read(data, "people.csv")


@pytest.mark.parametrize("header", ["PK", "ORC", "GIF8", "BZh", "id", "{name}", "[x]"])
def test_names_of_columns_that_look_like_another_format_are_names(header):
    _layout, headers, _rows = read(f"{header},email\n1,a@x.org\n".encode())
    assert headers == [header, "email"]


FORMULA = b'<c r="C2"><f>A2&amp;B2</f><v/></c></row></sheetData>'


@pytest.mark.parametrize(("cell", "value"), [
    (b'<c r="C2" t="b"><v>maybe</v></c></row></sheetData>', "maybe"),
    (b'<c r="C2"><v>abc</v></c></row></sheetData>', "abc"),
    (b'<c r="C2" t="d"><v>nonsense</v></c></row></sheetData>', "nonsense"),
    (b'<c r="C2" t="s"><v>99</v></c></row></sheetData>', "#REF!"),
    (b'<c r="ZZZZ2" t="str"><v>x</v></c></row></sheetData>', "x"),
    (FORMULA, "#CALC!"),
])  # fmt: skip
def test_a_damaged_cell_of_a_workbook_costs_nothing_but_itself(cell, value):
    _layout, _headers, rows = read(workbook(replaced(SHEET, b"</row></sheetData>", cell)), "f.xlsx")
    assert rows[0].cells == ["a@x.org", "Leeds", value]


@pytest.mark.parametrize("number", [b"99999999999", b"0", b"x"])
def test_the_number_that_a_row_claims_is_not_believed(number):
    change = replaced(SHEET, b'<row r="2"', b'<row r="' + number + b'"')
    _layout, _headers, rows = read(workbook(change), "f.xlsx")
    assert [row.cells for row in rows] == [["a@x.org", "Leeds"]]
