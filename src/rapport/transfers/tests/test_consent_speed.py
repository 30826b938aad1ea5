"""What makes imports fast changes nothing of what comes in: rows written down ahead, and chunks side by side."""

from __future__ import annotations

import contextlib
import io
import random

import pytest
from django.db import connection, transaction

from rapport.core import access, jobs
from rapport.core.clock import SYSTEM
from rapport.core.jobs import run_due
from rapport.governance.models import AddressWithdrawal, Consent, ConsentRecord
from rapport.people.models import Identifier, Person, RejectedFact
from rapport.people.services import new_people
from rapport.people.services.identity import person_id_for
from rapport.transfers.imports.services import applying, parallel, parsing, running, steps, uploads
from rapport.transfers.models import Import

pytestmark = pytest.mark.postgres

HEADER = (
    "email,customer_id,given,country,years,created_at,company,"
    "consent.newsletter.email.state,consent.newsletter.email.at,consent.newsletter.email.wording\n"
)
COLUMNS = {
    2: {"to": "trait", "key": "firstName", "type": "text"},
    4: {"to": "trait", "key": "age", "type": "text"},
}
CELLS = (
    ["", "p{n}@example.org", "P{n}@Example.org", " p{n}@example.org;q{n}@example.org", "no mail", "ü{n}@exämple.org"],
    ["", "c-{n}", "0", "'=c{n}", "tab\\t{n}", "“{n}”"],
    ["", "Name {n}", '"quoted ""{n}"""', "back\\slash", '"line\nbreak"', " spaces ", "a\x01b"],
    ["", "GB", "gb", "Atlantis", "Germany"],
    ["", "40", "old", " 7 "],
    ["", "2025-03-01", "31/12/2024 10:00", "yesterday"],
    ["", "", "", "Acme {n}", "Acme"],
    ["", "granted", "unsubscribed", "perhaps"],
    ["", "2026-01-05T10:00:00Z", "2026-01-06"],
    ["", '"Yes, write to me."', '"Yes, ""please"""'],
)  # fmt: skip


def table(chance, rows, people):
    lines = [
        ",".join(chance.choice(cells).replace("{n}", str(chance.randrange(people))) for cells in CELLS)
        for _ in range(rows)
    ]
    return HEADER + "\n".join(lines) + "\n"


def begun(user, text, name="people.csv", **rules):
    """An import that waits for somebody to work on it."""
    actor = access.for_user(user)
    [run] = uploads.upload(actor=actor, stream=io.BytesIO(text.encode()), name=name)
    mapping = run.mapping | {"dates": "dmy"} | rules
    for index, column in COLUMNS.items() if text.startswith(HEADER) else ():
        mapping["columns"][index] = column
    uploads.set_mapping(actor=actor, run=run, mapping=mapping)
    return steps.take(actor=actor, run=run, step="start")


def stored():
    """Everything an import leaves behind, but for serial numbers and the clock."""
    chunks = [
        (c.problems, applying.entries(c))
        for c in Import.objects.get(state="done").chunks.order_by("first_row")
    ]
    return {
        "people": list(
            Person.objects.order_by("pk").values_list(
                "pk", "name", "email", "traits", "trait_facts", "first_seen_at", "is_identified", "version"
            )
        ),
        "identifiers": list(
            Identifier.objects.order_by("type", "value").values_list(
                "person", "type", "value", "first_seen_at", "source", "message_id", "came_with", "home"
            )
        ),
        "ledger": sorted(
            (
                str(line.person_id),
                line.state,
                line.at,
                line.event_message_id,
                str(line.proof),
                line.address_hash,
            )
            for line in ConsentRecord.objects.all()
        ),
        "addresses": sorted(AddressWithdrawal.objects.values_list("channel", "address_hash", "at")),
        "consents": sorted((str(c.person_id), c.state, c.at) for c in Consent.objects.all()),
        "refused": sorted(
            map(str, RejectedFact.objects.values_list("subject_id", "trait", "value", "times"))
        ),
        "counts": Import.objects.get(state="done").counts,
        "problems": [problem for problems, _ in chunks for problem in problems],
        "journal": [unnumbered(entry) for _, entries in chunks for entry in entries],
    }


def unnumbered(entry):
    """Without the serial numbers of the ledger."""
    for consent in entry.get("held", {}).get("consent", {}).values():
        consent[2] = consent[2] is not None
    return entry


def ahead(run, zone, skip, rules):
    """The chunks as the reading process of a large file gives them."""
    job = {"file": run.file, "layout": run.layout, "headers": run.headers, "mapping": run.mapping}
    job |= {"today": run.created_at.date()}
    given = [run.name, rules.policy, rules.ambiguous, rules.source, rules.token, rules.at]
    chunks = list(
        parsing.parsed(
            job | {"zone": zone, "skip": skip, "chunk": parsing.CHUNK, "excluded": [], "rules": given}
        )
    )
    assert any(any(chunk.newcomers.ready) for chunk in chunks)
    return contextlib.nullcontext(iter(chunks))


@pytest.mark.parametrize("seed", range(6))
def test_people_written_down_by_the_reader_are_those_the_writer_would_write(user, monkeypatch, seed):
    chance = random.Random(seed)
    # With many to choose from there are chunks of nobody but newcomers, which are put in as they come.
    people = 60 if seed % 2 else 100_000
    begun(user, table(chance, 15, people // 2), name="earlier.csv")
    run_due("imports")
    Import.objects.update(state="reverted")
    policy = chance.choice(["overwrite", "fill", "create"])
    begun(user, table(chance, 60, people), policy=policy, ambiguous=chance.choice(["merge", "reject"]))
    monkeypatch.setattr(parsing, "CHUNK", 25)
    outcomes = []
    for chunks in (parsing.chunks, ahead):
        monkeypatch.setattr(running.parsing, "chunks", chunks)
        with transaction.atomic():
            run_due("imports")
            outcomes.append(stored())
            transaction.set_rollback(True)
    assert outcomes[0]["counts"]["created"] > 5
    assert outcomes[0] == outcomes[1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("people", [40, 4_000])
def test_chunks_side_by_side_bring_what_they_bring_one_after_the_other(user, monkeypatch, people):
    text = table(random.Random(people), 120, people)
    monkeypatch.setattr(parsing, "CHUNK", 10)
    outcomes = []
    for through in (parallel.in_sequence, parallel.in_parallel):
        monkeypatch.setattr(running.parallel, "in_sequence", through)
        with monkeypatch.context() as patch:
            patch.setattr(Import, "token", "import-same")
            run = begun(user, text)
            Import.objects.filter(pk=run.pk).update(started_at="2026-01-01T00:00:00Z")
            run_due("imports")
        outcomes.append(stored())
        empty()
    assert outcomes[0]["counts"]["created"] > 20
    assert outcomes[0] == outcomes[1]


def empty():
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE people_person, people_identifier, transfers_import, governance_consent,"
            " governance_consentrecord, governance_addresswithdrawal, people_rejectedfact, people_company CASCADE"
        )


@pytest.mark.django_db(transaction=True)
def test_nothing_comes_in_after_a_chunk_that_failed(user, monkeypatch):
    monkeypatch.setattr(parsing, "CHUNK", 10)
    monkeypatch.setattr(running.parallel, "in_sequence", parallel.in_parallel)
    run = begun(user, "email\n" + "".join(f"p{n}@example.org\n" for n in range(60)))
    write = running._write

    def stumble(run, job, chunk, turn):
        if chunk.drafts[0].number == 21:
            raise RuntimeError("in the third chunk")
        write(run, job, chunk, turn)

    monkeypatch.setattr(running, "_write", stumble)
    jobs.run_once(SYSTEM, "imports")
    run.refresh_from_db()
    assert "third chunk" in run.problem
    assert (run.position, Person.objects.count(), run.counts["created"]) == (20, 20, 20)


def test_a_newcomer_is_called_as_identity_resolution_would_call_him():
    for identifier in (("email", "ü@example.org"), ("user_id", "c-1"), ("phone", "+441632960000")):
        assert new_people.id_of(identifier) == person_id_for(identifier).bytes
