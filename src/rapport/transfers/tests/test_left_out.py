"""No value goes without a word: what did not come in is counted, named with an example, and in the error file."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from rapport.core import access
from rapport.people.models import Person
from rapport.people.queries import find
from rapport.transfers import personal_data
from rapport.transfers.imports import mapping as mappings
from rapport.transfers.imports import readers, words
from rapport.transfers.imports.services import errors, steps, uploads
from rapport.transfers.models import Import

pytestmark = pytest.mark.postgres

FILE = "email,Phone,Birthday,Points\na@example.org,020 7946 0001,1990-05-17,12\nb@example.org,12,31.02.1990,many\n"
COLUMNS = {
    2: {"to": "trait", "key": "birthday", "type": "date"},
    3: {"to": "trait", "key": "points", "type": "number"},
}


def test_every_value_left_out_is_counted_and_named(bring):
    done = bring(FILE, columns=COLUMNS)
    assert done.counts["cells"] == {
        "Phone": {"identifier_phone": 1}, "Birthday": {"date_none": 1}, "Points": {"number": 1},
    }  # fmt: skip
    lines = [(line["column"], line["number"], line["example"], line["row"]) for line in words.left_out(done)]
    assert lines == [("Phone", 1, "12", 2), ("Birthday", 1, "31.02.1990", 2), ("Points", 1, "many", 2)]


def test_the_dry_run_names_the_same(bring):
    checked, done = bring(FILE, step="check", columns=COLUMNS), bring(FILE, columns=COLUMNS)
    assert checked.report["counts"]["cells"] == done.counts["cells"]
    assert checked.report["examples"] == done.report["examples"]


def test_the_error_file_has_the_row_with_every_reason_and_comes_back_in(bring, actor):
    text = b"".join(errors.lines(bring(FILE, columns=COLUMNS))).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["email"], row["import_row"]) == ("b@example.org", "2")
    assert all(
        column in row["import_reason"]
        for column in ("Phone", "Birthday: a day that does not exist", "Points")
    )
    mended = text.replace("31.02.1990", "1990-02-28").replace("many", "7").replace(",12,", ",020 7946 0002,")
    again = bring(mended, columns=COLUMNS)
    assert (again.counts["updated"], again.counts["cells"]) == (1, {})
    assert find(actor, "email:b@example.org").traits["points"] == 7


def test_a_company_whose_name_is_too_long_is_named_and_not_cut(bring, actor):
    done = bring(f"email,company\na@example.org,{'c' * 255}\nb@example.org,{'d' * 254}\n")
    assert done.counts["cells"] == {"company": {"long_name": 1}}
    assert find(actor, "email:a@example.org").companies.count() == 0


def test_nobody_is_born_after_the_file(bring, actor):
    bring("email,birthday,renewal date\na@example.org,13/05/55,13/05/31\nb@example.org,14/06/31,14/06/70\n")
    people = [find(actor, f"email:{name}@example.org").traits for name in "ab"]
    assert [person["birthday"] for person in people] == ["1955-05-13", "1931-06-14"]
    assert [person["renewal_date"] for person in people] == ["2031-05-13", "1970-06-14"]


def test_values_that_the_rules_of_a_trait_refuse_are_named_by_their_column(bring):
    done = bring(
        "email,Years\na@example.org,old\n", columns={1: {"to": "trait", "key": "age", "type": "text"}}
    )
    [line] = words.left_out(done)
    assert (line["column"], line["example"]) == ("Years", "old")


def test_an_erasure_takes_the_examples_with_it(bring, actor):
    done = bring(FILE, columns=COLUMNS)
    personal_data.erase([find(actor, "email:b@example.org").pk])
    done.refresh_from_db()
    assert "31.02.1990" not in str([done.report, done.counts, done.chunks.get().problems])


def test_what_spreadsheets_write_for_a_failed_formula_is_no_value(bring, actor):
    done = bring("email,city\na@example.org,#N/A\n")
    assert done.counts["cells"] == {"city": {"error_value": 1}}
    assert "city" not in find(actor, "email:a@example.org").traits


def test_people_without_an_address_or_id_come_in_once(bring):
    text = "name,city\nAnn Lee,Leeds\nBob Ray,York\n"
    with pytest.raises(mappings.BadMapping):
        bring(text)
    done, again = bring(text, unnamed="create"), bring(text, unnamed="create")
    assert (done.counts["created"], again.counts["unchanged"]) == (2, 2)
    assert set(Person.objects.values_list("name", flat=True)) == {"Ann Lee", "Bob Ray"}


def test_rows_are_excluded_after_the_dry_run(bring, user):
    actor = access.for_user(user)
    checked = bring("email\n" + "".join(f"p{n}@example.org\n" for n in range(1, 6)), step="check")
    uploads.exclude(actor=actor, run=checked, rows="2, 4-5")
    steps.take(actor=actor, run=checked, step="start")
    bring.work()
    checked.refresh_from_db()
    assert set(Person.objects.values_list("email", flat=True)) == {"p1@example.org", "p3@example.org"}
    assert (checked.counts["skipped"], checked.counts["reasons"]) == (3, {"excluded": 3})


@pytest.mark.parametrize("rows", ["x", "0", "5-2", "1-"])
def test_what_is_no_range_of_rows_is_refused(bring, user, rows):
    checked = bring("email\na@example.org\n", step="check")
    with pytest.raises(mappings.BadMapping):
        uploads.exclude(actor=access.for_user(user), run=checked, rows=rows)


def test_columns_are_joined(bring, actor):
    bring(
        "email,street,house number,Birth year,Birth month,Birth day\na@example.org,High Street,12,1990,5,17\n"
        "b@example.org,Low Street,,1990,2,30\n"
    )
    traits = find(actor, "email:a@example.org").traits
    assert (traits["street"], traits["birthday"]) == ("High Street 12", "1990-05-17")
    assert "birthday" not in find(actor, "email:b@example.org").traits


def test_two_columns_of_one_number_cannot_be_joined(bring):
    number = {"to": "trait", "key": "points", "type": "number"}
    with pytest.raises(mappings.BadMapping):
        bring("email,a,b\na@example.org,1,2\n", columns={1: number, 2: number})


def test_nul_characters_are_counted_and_in_the_error_file_and_take_no_row(bring):
    done = bring("email,city\na@example.org,Le\0eds\nb@example.org,York\n")
    assert (done.counts["created"], [line["number"] for line in words.left_out(done)]) == (2, [1])
    assert b"a@example.org" in b"".join(errors.lines(done))


@pytest.mark.parametrize("text", ["email,name\n", "email,name"])
def test_a_file_without_a_row_is_refused_in_words(user, text):
    with pytest.raises(readers.Unreadable, match="no rows"):
        uploads.upload(actor=access.for_user(user), stream=io.BytesIO(text.encode()), name="f.csv")


def packed(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, content in files.items():
            target.writestr(f"{name}.csv", content)
    return out


def test_a_zip_is_one_whatever_its_name_and_comes_in_as_a_whole(user):
    actor = access.for_user(user)
    uploads.upload(
        actor=actor, stream=packed(one="email\na@x.org\n", two="email\nb@x.org\n"), name="people.csv"
    )
    assert Import.objects.count() == 2
    with pytest.raises(readers.Unreadable, match=r"two\.csv"):
        uploads.upload(actor=actor, stream=packed(one="email\nc@x.org\n", two=""), name="people.zip")
    assert Import.objects.count() == 2


def test_a_damaged_zip_is_refused_in_words(user):
    whole = bytearray(packed(one="email\n" + "a@x.org\n" * 999).getvalue())
    whole[60:80] = b"\xff" * 20
    with pytest.raises(readers.Unreadable, match="cannot be opened"):
        uploads.upload(actor=access.for_user(user), stream=io.BytesIO(bytes(whole)), name="people.zip")
