"""The pages of imports and exports: from the file to the result, in the browser's order."""

from __future__ import annotations

import io

from rapport.core import access
from rapport.core.jobs import run_due
from rapport.people.queries import find
from rapport.transfers.exports.services import exporting
from rapport.transfers.models import Export, Import

TEXT = "E-Mail,Vorname,born\na@example.org,Ada,03/04/1980\nbroken,Eve,01/02/1990\n"


def work():
    run_due("imports", "transfers.export")


def uploaded(page, text=TEXT):
    file = io.BytesIO(text.encode())
    file.name = "people.csv"
    answer = page.post("/imports/new/", {"file": file})
    assert answer.status_code == 302
    return Import.objects.latest("created_at")


def mapped(page, run, **changes):
    form = {"to-0": "identifier:email", "to-1": "trait", "key-1": "first_name", "type-1": "text"}
    form |= {"to-2": "trait", "key-2": "birthday", "type-2": "date", "notation-2": "dmy", "region": "GB"}
    form |= {"policy": "overwrite", "ambiguous": "reject"} | changes
    return page.post(f"/imports/{run.pk}/columns/", form)


def test_from_a_file_to_people_page_by_page(page, actor):
    run = uploaded(page)
    assert "Please choose how it is written" in page.get(f"/imports/{run.pk}/columns/").content.decode()
    assert mapped(page, run).status_code == 302
    assert page.get(f"/imports/{run.pk}/progress/").status_code == 200
    work()
    assert "Nothing has been written yet" in page.get(f"/imports/{run.pk}/").content.decode()
    page.post(f"/imports/{run.pk}/start/")
    work()
    assert "Error file" in page.get(f"/imports/{run.pk}/").content.decode()
    assert find(actor, "email:a@example.org").traits["birthday"] == "1980-04-03"


def checked(page, text):
    run = uploaded(page, text)
    mapped(page, run)
    work()
    return page.get(f"/imports/{run.pk}/").content.decode()


def test_the_button_says_how_many_rows_would_be_imported(page):
    shown = checked(page, TEXT)
    assert "Import 1 row" in shown
    assert "Import 2 rows" not in shown


def test_a_file_of_which_nothing_can_be_imported_says_so_and_has_no_button(page):
    shown = checked(page, "E-Mail,Vorname,born\nbroken,Eve,01/02/1990\n")
    assert "No row of this file can be imported." in shown
    assert "/start/" not in shown


def test_the_error_file_can_be_mended_and_imported_again(page):
    run = uploaded(page)
    mapped(page, run)
    work()
    page.post(f"/imports/{run.pk}/start/")
    work()
    answer = page.get(f"/imports/{run.pk}/errors.csv")
    text = b"".join(answer).decode("utf-8-sig")
    assert "broken,Eve,01/02/1990,2," in text
    again = uploaded(page, text.replace("broken", "eve@example.org"))
    assert [column["to"] for column in again.mapping["columns"]][-3:] == ["ignore"] * 3


def test_the_mapping_is_remembered_for_the_same_columns(page):
    mapped(page, uploaded(page), **{"key-1": "nick", "save_as": "Ours"})
    again = uploaded(page, TEXT + "c@example.org,Cy,\n")
    assert (again.mapping["columns"][1]["key"], again.mapping["columns"][2]["notation"]) == ("nick", "dmy")
    assert "Ours" in page.get(f"/imports/{again.pk}/columns/").content.decode()


def test_a_mapping_without_an_identifier_is_explained(page):
    answer = mapped(page, uploaded(page), **{"to-0": "ignore"})
    assert answer.status_code == 422
    assert "identifies a person" in answer.content.decode()


def test_the_preview_shows_the_first_rows(page):
    run = uploaded(page)
    answer = mapped(page, run, preview="1")
    assert "Ada" in answer.content.decode()
    assert "not a usable email address" in answer.content.decode()


def test_a_column_called_email_is_the_address_however_many_of_it_are_bad(page):
    file = io.BytesIO(b"email,name\n" + b"not an address,Ann\n" * 4 + b"b@example.org,Bob\n")
    file.name = "people.csv"
    page.post("/imports/new/", {"file": file})
    run = Import.objects.get()
    assert run.mapping["columns"][0] == {"to": "identifier", "type": "email"}
    assert "4 of the first 5" in page.get(f"/imports/{run.pk}/columns/").content.decode()


def test_a_file_that_is_no_table_is_refused_in_words(page):
    file = io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 10)
    file.name = "old.xls"
    answer = page.post("/imports/new/", {"file": file})
    assert (answer.status_code, "old Excel workbook" in answer.content.decode()) == (422, True)


def test_who_may_not_edit_people_sees_no_imports(client, db):
    from rapport.core.models import User

    viewer = User.objects.create_user("v@example.org", "correct horse battery", roles=["viewer"])
    client.force_login(viewer)
    assert client.get("/imports/").status_code == 403


def test_an_export_is_chosen_written_and_fetched(page, person, user):
    person(email="a@example.org")
    assert "Export 1 person" in page.get("/exports/new/").content.decode()
    page.post("/exports/new/", {"format": "csv", "column": ["email"], "name": "all", "kind": "people"})
    work()
    export = Export.objects.get()
    html = page.get(f"/exports/{export.pk}/").content.decode()
    assert "Download" in html
    link = exporting.link(export, actor=access.for_user(user))
    assert b"a@example.org" in b"".join(page.get(f"/exports/download/{link}"))
