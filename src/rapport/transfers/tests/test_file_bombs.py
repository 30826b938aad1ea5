"""Small files that would become huge ones are refused before they are unpacked."""

import io
import zipfile

import openpyxl
import pytest

from rapport.transfers.imports import readers
from rapport.transfers.imports.readers import packed as packing
from rapport.transfers.imports.services import uploads


def packed(name, size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file, file.open(name, "w") as inner:
        for _ in range(size // 1_000_000):
            inner.write(b"a" * 1_000_000)
    out.seek(0)
    return out


def test_a_zip_of_a_table_that_is_nothing_but_air_is_refused(actor, db):
    with pytest.raises(readers.Unreadable, match="absurd"):
        uploads.upload(actor=actor, stream=packed("people.csv", 60_000_000), name="people.zip")


def test_a_workbook_whose_texts_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setitem(packing.WHOLE, "xl/sharedStrings.xml", 1_000_000)
    with pytest.raises(readers.Unreadable, match="absurd"):
        readers.inspect(packed("xl/sharedStrings.xml", 2_000_000), "people.xlsx")


@pytest.mark.parametrize("place", ["<sheetData>", "<row>"])
def test_a_sheet_of_more_cells_than_there_can_be_is_refused_as_soon_as_that_is_seen(place):
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["email"])
    book.save(out)
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).replace(b'<row r="1">', b"<row>")
            new.writestr(name, content.replace(place.encode(), place.encode() + b"<c/>" * 500_000, 1))
    with pytest.raises(readers.Unreadable, match="more cells"):
        readers.inspect(changed, "people.xlsx")


def test_a_table_with_ever_more_columns_is_refused():
    with pytest.raises(readers.Unreadable, match="columns"), _rows(b"a," * 50_000 + b"a\n1\n"):
        pass


def _rows(content):
    stream = io.BytesIO(content)
    return readers.rows(stream, readers.inspect(stream, "people.csv"))
