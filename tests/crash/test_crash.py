"""Faults at random moments, under load: nothing is lost, nothing doubled, and nobody is written to twice."""

import collections
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

import psycopg
import pytest

from rapport.bench import rig
from rapport.config.env import load_secrets
from rapport.core.engines.postgres import Postgres
from tests.crash import findings
from tests.crash.faults import PROCESSES, Disk, Faults, hurry
from tests.crash.importing import Importer, row
from tests.crash.journal import Journal
from tests.crash.sink import Sink

pytestmark = pytest.mark.crash
KILLS = int(os.environ.get("RAPPORT_CRASH_KILLS", "16"))
# The campaign outlasts the faults.
PEOPLE = max(600, 20 * KILLS)
SESSIONS = 4
PAUSE = 0.2
ROWS = int(os.environ.get("RAPPORT_CRASH_ROWS", "10000"))
SEGMENTS = {
    "Readers": {"trait": "circle", "is": "readers"},
    "Pinged": {"did": "Ping"},
    "Imported": {"trait": "email", "starts_with": "imp"},
}
CONSENT = {"purpose": "newsletter", "channel": "email", "wording": "Yes, write to me."}


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory):
    """What is found in a server that met every fault while it took events and files and sent a campaign."""
    folder = tmp_path_factory.mktemp("crash")
    patch = pytest.MonkeyPatch()
    patch.setenv("RAPPORT_DATA", str(folder))
    try:
        with Disk(folder) as disk, Sink() as sink:
            patch.setenv("RAPPORT_SMTP_URL", sink.url)
            patch.setenv("RAPPORT_SMTP_CONNECTIONS", str(SESSIONS))
            sink.pause = PAUSE
            with rig.running(folder) as server:
                return _ordeal(server, disk, sink, tmp_path_factory.mktemp("notes") / "journal")
    finally:
        patch.undo()


def _ordeal(server, disk, sink, notes):
    folder = server.data
    key = server.rapport("key", "create", "--kind", "api", "--name", "crash", "--role", "owner")
    _set_sender(folder)
    segments = {name: _segment(server, key, name, definition) for name, definition in SEGMENTS.items()}
    campaign = _campaign(server, key, segments["Readers"])
    faults = Faults(folder, disk, sink, random.Random(20_101))
    with (
        Importer(server.url, key, ROWS, files=1 + KILLS // 16) as importer,
        Journal(server.url, server.write_key, notes) as journal,
    ):
        call(server, key, "POST", f"/api/v1/campaigns/{campaign}/send", {})
        faults.strike(KILLS)
    before = len(sink.accepted)
    sink.pause = 0
    _recover(server, key, campaign, importer)
    ordeal = {
        "acknowledged": set(journal.acknowledged),
        "answers": journal.answers,
        "stored": findings.stored(folder),
        "mails": list(sink.accepted),
        "mails_at_last_fault": before,
        "deliveries": _deliveries(server, key, campaign),
        "faults": faults.happened,
        "no_disk": disk.reason,
        **_imported(server, key, importer, segments),
    }
    _tell(ordeal)
    return ordeal


def _imported(server, key, importer, segments):
    folder = server.data
    expected = {
        "Readers": findings.holders(folder, "i.type = 'email' AND i.value LIKE 'reader%'"),
        "Pinged": findings.holders(folder, "i.value LIKE 'crash-%'"),
        "Imported": findings.holders(folder, "i.type = 'email' AND i.value LIKE 'imp%'"),
    }
    for name, want in expected.items():
        _until(
            lambda name=name, want=want: findings.members(folder, segments[name]) == (want, want),
            f"the members of {name}",
            patience=60,
        )
    return {
        "runs": [importer.look(id_) for id_ in importer.started],
        "rows": importer.people,
        "imported": findings.imported(folder),
        "people": findings.people(folder),
        "quarantined": findings.postgres(folder, "SELECT stage, reason FROM events_quarantinedevent"),
        "previews": {name: _preview(server, key, name) for name in SEGMENTS},
        "members": {name: findings.members(folder, segments[name]) for name in SEGMENTS},
        "expected": expected,
    }


def _preview(server, key, name):
    return call(server, key, "POST", "/api/v1/segments/preview", {"definition": SEGMENTS[name]})["count"]


def _segment(server, key, name, definition):
    return call(server, key, "POST", "/api/v1/segments", {"name": name, "definition": definition})["id"]


def _tell(result):
    """The figures of the run, shown by `pytest -rP` or `-s`."""
    stored = result["stored"]
    sys.stdout.write(
        f"\nfaults {dict(result['faults'])}; events acknowledged {len(result['acknowledged'])},"
        f" lost {len(result['acknowledged'] - stored.keys())},"
        f" doubled {sum(count > 1 for count in stored.values())}; refusals {dict(result['answers'])};"
        f" {len(result['runs'])} imports of {result['rows']} rows, people found {len(result['imported'])};"
        f" quarantined {len(result['quarantined'])}; mails {len(result['mails'])}, at the last fault"
        f" {result['mails_at_last_fault']}, {dict(collections.Counter(d['state'] for d in result['deliveries']))}\n"
    )


def call(server, key, method, path, body=None):
    request = urllib.request.Request(
        server.url + path,
        json.dumps(body).encode() if body is not None else None,
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise ValueError(f"{method} {path}: {error.code} {error.read().decode()}") from error


def _set_sender(folder):
    """What somebody does once in Settings."""
    with psycopg.connect(Postgres(folder, load_secrets(folder)["postgres_password"]).dsn()) as link:
        link.execute(
            "INSERT INTO channels_senderidentity (stream, name, address, reply_to)"
            " VALUES ('marketing', 'Crash', 'news@crash.example', ''),"
            " ('transactional', 'Crash', 'news@crash.example', '') ON CONFLICT DO NOTHING"
        )


def _campaign(server, key, segment):
    """A campaign to people who consented, in a segment that holds them all."""
    batch = []
    for number in range(PEOPLE):
        who = {"userId": f"reader-{number}"}
        traits = {"email": f"reader{number}@example.org", "circle": "readers"}
        batch.append({"type": "identify", "traits": traits, **who})
        batch.append({"type": "track", "event": "Consent Granted", "properties": CONSENT, **who})
    for start in range(0, len(batch), 200):
        post(server, batch[start : start + 200])
    server.drain()
    _until(lambda: call(server, key, "GET", f"/api/v1/segments/{segment}")["size"] == PEOPLE, "the segment")
    mjml = "<mjml><mj-body><mj-text>Hello {{ person.name }}</mj-text></mj-body></mjml>"
    body = {"name": "News", "segment": segment, "template": {"subject": "News", "mjml": mjml}}
    body |= {"purpose": "newsletter", "channel": "email"}
    return call(server, key, "POST", "/api/v1/campaigns", body)["id"]


def post(server, batch):
    import base64

    login = base64.b64encode(f"{server.write_key}:".encode()).decode()
    body = json.dumps({"batch": batch}).encode()
    request = urllib.request.Request(f"{server.url}/v1/batch", body, {"Authorization": f"Basic {login}"})
    urllib.request.urlopen(request, timeout=30).close()


def _until(done, what, patience=120):
    deadline = time.monotonic() + patience
    while True:
        try:
            if done():
                return
        except (OSError, ValueError):
            # The server may be on its way back.
            pass
        assert time.monotonic() < deadline, f"{what} did not come within {patience} s"
        time.sleep(0.2)


def _recover(server, key, campaign, importer):
    # The more faults, the longer events came in without being worked through.
    patience = 240 + 4 * KILLS
    _until(lambda: server.lag() == 0, "an empty stream", patience)
    for id_ in importer.started:
        _until(lambda id_=id_: importer.state(id_) not in {"mapping", "running"}, "an import", patience)
    _until(lambda: server.lag() == 0, "an empty stream", patience)

    def finished():
        hurry(server.data)
        return all(d["state"] not in {"queued", "claimed"} for d in _deliveries(server, key, campaign))

    _until(finished, "the end of the campaign", patience)
    _until(lambda: server.lag() == 0, "an empty stream", patience)


def _pages(server, key, path):
    rows, cursor = [], ""
    while cursor is not None:
        page = call(server, key, "GET", path + (f"&cursor={cursor}" if cursor else ""))
        rows += page["data"]
        cursor = page["next_cursor"]
    return rows


def _deliveries(server, key, campaign):
    return _pages(server, key, f"/api/v1/campaigns/{campaign}/deliveries?limit=200")


def test_every_part_was_killed(aftermath):
    assert set(aftermath["faults"]) >= {*PROCESSES, "connections"}


def test_every_acknowledged_event_is_stored(aftermath):
    assert len(aftermath["acknowledged"]) > 500
    assert aftermath["acknowledged"] <= aftermath["stored"].keys()


def test_no_event_is_stored_twice(aftermath):
    assert [i for i, count in aftermath["stored"].items() if count > 1] == []


def test_nobody_gets_a_campaign_twice(aftermath):
    counts = collections.Counter(recipient for recipient, _ in aftermath["mails"])
    assert [who for who, count in counts.items() if count > 1] == []


def test_every_delivery_ends_in_one_terminal_state_that_agrees_with_the_mailbox(aftermath):
    got = {recipient for recipient, _ in aftermath["mails"]}
    states = {d["address"]: d["state"] for d in aftermath["deliveries"]}
    assert len(states) == PEOPLE
    for address, state in states.items():
        assert state in {"sent", "uncertain"}, (address, state)
        assert address in got or state == "uncertain"


def test_the_campaign_ran_through_all_faults(aftermath):
    assert 0 < aftermath["mails_at_last_fault"] < PEOPLE


def test_what_is_uncertain_is_no_more_than_the_open_sessions_of_each_fault(aftermath):
    uncertain = [d for d in aftermath["deliveries"] if d["state"] == "uncertain"]
    faults = sum(
        count for name, count in aftermath["faults"].items() if name not in {"web", "stream", "projector"}
    )
    assert len(uncertain) <= faults * SESSIONS


def test_a_full_disk_is_answered_with_503(aftermath):
    if aftermath["no_disk"]:
        pytest.skip(f"a file system of its own cannot be mounted: {aftermath['no_disk']}")
    assert aftermath["faults"]["disk"]
    assert set(aftermath["answers"]) <= {429, 503}
    assert aftermath["answers"][503]


def test_no_event_is_set_aside(aftermath):
    assert aftermath["quarantined"] == []


def test_every_import_ends_and_counts_its_rows_right(aftermath):
    for run in aftermath["runs"]:
        counts = run["counts"]
        assert (run["state"], run["problem"]) == ("done", "")
        assert (run["rows"], counts["created"], counts["updated"]) == (ROWS, ROWS, 0)


def test_every_row_is_one_person_with_identifiers_traits_and_consent(aftermath):
    rows = map(row, range(aftermath["rows"]))
    assert sorted(aftermath["imported"]) == sorted((*r[:5], 1 if r[5] else 0) for r in rows)


def test_people_in_clickhouse_agree_with_postgresql(aftermath):
    ours, theirs = aftermath["people"]
    assert len(ours) >= aftermath["rows"]
    assert ours == theirs


@pytest.mark.parametrize("name", SEGMENTS)
def test_stored_members_are_the_definitions_answer(aftermath, name):
    expected = aftermath["expected"][name]
    assert aftermath["members"][name] == (expected, expected)
    assert aftermath["previews"][name] == len(expected)
