"""Lists of opt-outs: whatever form they come in, none is lost, and what cannot be taken is named."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from rapport.core.crypto import address_hash, address_key_id
from rapport.governance import queries
from rapport.governance.models import AddressWithdrawal, Suppression
from rapport.governance.services import opt_out_files, suppression

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
ADA = "ada@example.org"


def take(actor: Any, text: str) -> opt_out_files.Outcome:
    return opt_out_files.take(actor=actor, rows=opt_out_files.rows_of(text), source="test")


@pytest.mark.parametrize("text", [
    ADA, "ADA@Example.ORG\r\n", '"ada@example.org",', "Ada Lovelace <ada@example.org>",
    "mailto:ada@example.org?subject=x",
    "\ufeffemail\nada@example.org", "E-Mail;Grund\nada@example.org;abgemeldet", "id\temail\n7\tada@example.org",
    "name,Email Address,status\n,  ada@example.org ,unsubscribed", "bob@example.net, ada@example.org",
    "\n\nemail,reason\nada@example.org,",
    'email\n"Bob B <bob@example.net>; Ada <ada@example.org>"', "\u202aada@example.org\u200b\u202c",
])  # fmt: skip
def test_an_address_is_taken_in_every_form(actor: Any, text: str) -> None:
    outcome = take(actor, text)
    assert not outcome.refused
    assert queries.suppressed("email", [ADA]) == {ADA}


def test_of_several_addresses_in_one_cell_each_is_taken_and_what_is_none_is_named(actor: Any) -> None:
    outcome = take(actor, "email,reason\nada@example.org bob@ cyd@example.org,bounced")
    assert (outcome.added > 1, [number for number, _why in outcome.refused]) == (True, [2])
    assert queries.suppressed("email", [ADA, "cyd@example.org"]) == {ADA, "cyd@example.org"}


def test_a_number_without_a_channel_is_stopped_wherever_it_could_be_reached(actor: Any) -> None:
    assert not take(actor, "tel:+44 20 7946 0001").refused
    reached = [
        channel for channel in ("sms", "whatsapp", "phone") if queries.suppressed(channel, ["+442079460001"])
    ]
    assert reached == ["sms", "whatsapp", "phone"]
    assert take(actor, "channel,phone\nsms,+442079460002").added == 1


def test_rows_that_cannot_be_taken_are_named_by_number_and_the_others_are_taken(actor: Any) -> None:
    outcome = take(
        actor,
        "email,channel,purpose\nnobody,,\nada@example.org,pigeon,\nada@example.org,,spying\nada@example.org,,",
    )
    assert [number for number, _reason in outcome.refused] == [2, 3, 4]
    assert outcome.added == 1


@pytest.mark.parametrize(("word", "reason"), [
    ("hard bounce", "bounced"), ("Spam complaint", "complained"), ("unsubscribed", "unsubscribed"),
    ("opt-out", "unsubscribed"),
    ("cleaned", "bounced"), ("whatever", "manual"), ("", "manual"), ("erased", "erased"),
])  # fmt: skip
def test_reasons_of_other_systems_are_understood_and_none_is_needed(
    actor: Any, word: str, reason: str
) -> None:
    take(actor, f"email,reason\nada@example.org,{word}")
    assert Suppression.objects.get(channel="email").reason == reason


def test_an_export_taken_in_again_loses_nothing_and_holds_no_address(actor: Any) -> None:
    suppression.suppress(actor=actor, channel="email", address=ADA, reason="complained", source="=cmd()")
    take(actor, "email,purpose\nbob@example.org,newsletter")
    exported = "".join(opt_out_files.export())
    assert "@" not in exported
    assert all(not cell.startswith("=") for row in csv.reader(io.StringIO(exported)) for cell in row)
    Suppression.objects.all().delete()
    AddressWithdrawal.objects.all().delete()
    assert not take(actor, exported).refused
    assert Suppression.objects.get().reason == "complained"
    stop = AddressWithdrawal.objects.get()
    assert (stop.purpose.key, stop.address_hash) == ("newsletter", address_hash("email", "bob@example.org"))


def test_a_hash_of_another_installation_is_refused_and_not_taken_for_ours(actor: Any) -> None:
    head, hashed = "channel,address_hash,key_id\n", address_hash("email", ADA)
    outcome = take(
        actor,
        f"{head}email,{hashed},0123456789ab\nemail,xyz,{address_key_id()}\n,{hashed},{address_key_id()}",
    )
    assert [number for number, _reason in outcome.refused] == [2, 3, 4]
    assert not take(actor, f"{head}email,{hashed},{address_key_id()}").refused
    assert queries.suppressed("email", [ADA]) == {ADA}


def test_taking_a_list_again_changes_nothing_and_weakens_nothing(actor: Any) -> None:
    suppression.suppress(actor=actor, channel="email", address=ADA, reason="complained", source="x")
    outcome = take(actor, f"email,reason,at\n{ADA},unsubscribed,2001-01-01\n{ADA},unsubscribed,2001-01-01")
    assert (outcome.added, outcome.present) == (0, 1)
    assert Suppression.objects.get(channel="email").reason == "complained"


def test_the_page_takes_a_list_and_shows_what_it_did_not_take(page: Any) -> None:
    answer = page.post("/settings/suppression/import/", {"text": f"{ADA}\nnobody"})
    assert answer.status_code == 200
    assert "nobody" in answer.content.decode()
    assert queries.suppressed("email", [ADA])
    assert page.post("/settings/suppression/import/", {"text": " "}).status_code == 422
    answer = page.post("/settings/suppression/export/")
    assert address_hash("email", ADA) in b"".join(answer.streaming_content).decode()


def test_the_api_lists_takes_and_removes_with_a_reason(api: Any) -> None:
    rows = [{"address": ADA}, {"address": "nobody"}]
    answer = {"added": 1, "present": 0, "refused": [{"row": 1, "reason": "“nobody” is no address."}]}
    assert api("POST", "/suppressions/imports", {"rows": rows}) == (200, answer)
    (entry,) = api("GET", "/suppressions")[1]["data"]
    assert (entry["key_id"], entry["address_hash"]) == (address_key_id(), address_hash("email", ADA))
    path = f"/suppressions/{entry['id']}"
    assert api("GET", path) == (200, entry)
    assert api("POST", f"{path}/removal", {"reason": " "})[0] == 422
    assert api("POST", f"{path}/removal", {"reason": "Asked for it"})[0] == 201
    assert api("GET", path)[0] == 404
    assert api("GET", f"/suppressions?address={ADA}")[1]["data"] == []
