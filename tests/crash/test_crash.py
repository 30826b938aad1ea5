"""kill -9 at random moments, under load: what was acknowledged is there once, and nobody is written to twice."""

import collections
import json
import os
import random
import signal
import time
import urllib.error
import urllib.request

import psycopg
import pytest
from clickhouse_connect import get_client

from rapport.config.bench import rig
from rapport.config.env import load_secrets
from rapport.core.engines import paths
from rapport.core.engines.postgres import Postgres
from tests.crash.journal import Journal
from tests.crash.sink import Sink

pytestmark = pytest.mark.crash
KILLS = int(os.environ.get("RAPPORT_CRASH_KILLS", "16"))
PEOPLE = 400
CONSENT = {"purpose": "newsletter", "channel": "email", "wording": "Yes, write to me."}


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory):
    """A server that was killed in every part while it took events and sent a campaign, and has come back."""
    folder = tmp_path_factory.mktemp("crash")
    os.environ.update(RAPPORT_DATA=str(folder))
    with Sink() as sink:
        os.environ["RAPPORT_SMTP_URL"] = sink.url
        with rig.running(folder) as server:
            key = server.rapport("key", "create", "--kind", "api", "--name", "crash", "--role", "owner")
            _set_sender(folder)
            campaign = _campaign(server, key)
            with Journal(server.url, server.write_key, folder / "journal") as journal:
                call(server, key, "POST", f"/api/v1/campaigns/{campaign}/send", {})
                killed = _kill_at_random(folder, random.Random(20_101))
            _recover(server, key, campaign)
            yield {
                "acknowledged": set(journal.acknowledged),
                "stored": _stored(folder),
                "mails": list(sink.accepted),
                "deliveries": _deliveries(server, key, campaign),
                "killed": killed,
            }
        os.environ.pop("RAPPORT_SMTP_URL")


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
            "INSERT INTO core_workspace (id, name, time_zone, country, currency, postal_address, sender_name,"
            " sender_email, reply_to) VALUES (1, 'Crash', 'UTC', 'GB', 'GBP', '1 High Street', 'Crash',"
            " 'news@crash.example', '') ON CONFLICT (id) DO UPDATE SET sender_email = excluded.sender_email"
        )


def _campaign(server, key):
    """A campaign to people who consented, in a segment that holds them all."""
    batch = []
    for number in range(PEOPLE):
        who = {"userId": f"reader-{number}"}
        batch.append({"type": "identify", "traits": {"email": f"reader{number}@example.org"}, **who})
        batch.append({"type": "track", "event": "Consent Granted", "properties": CONSENT, **who})
    for start in range(0, len(batch), 200):
        post(server, batch[start : start + 200])
    server.drain()
    segment = call(
        server, key, "POST", "/api/v1/segments", {"name": "Readers", "definition": {"identifier": "email"}}
    )
    _until(
        lambda: call(server, key, "GET", f"/api/v1/segments/{segment['id']}")["size"] == PEOPLE, "the segment"
    )
    template = {
        "subject": "News",
        "mjml": "<mjml><mj-body><mj-text>Hello {{ person.name }}</mj-text></mj-body></mjml>",
    }
    body = {
        "name": "News",
        "segment": segment["id"],
        "template": template,
        "purpose": "newsletter",
        "channel": "email",
    }
    return call(server, key, "POST", "/api/v1/campaigns", body)["id"]


def post(server, batch):
    import base64

    login = base64.b64encode(f"{server.write_key}:".encode()).decode()
    body = json.dumps({"batch": batch}).encode()
    request = urllib.request.Request(f"{server.url}/v1/batch", body, {"Authorization": f"Basic {login}"})
    urllib.request.urlopen(request, timeout=30).close()


def _kill_at_random(folder, dice):
    """Kills one process after another, whichever comes, and gives the supervisor a moment each time."""
    names = ["worker", "stream", "projector", "web", "clickhouse", "postgres"]
    killed = []
    for number in range(KILLS):
        time.sleep(dice.uniform(0.2, 1.5))
        name = names[number % len(names)] if number < len(names) else dice.choice(names)
        pid = json.loads((folder / "run" / "processes.json").read_text()).get(name)
        try:
            os.kill(pid, signal.SIGKILL)
        except (TypeError, ProcessLookupError):
            continue
        killed.append(name)
    return killed


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


def _recover(server, key, campaign):
    _until(lambda: server.lag() == 0, "an empty stream")

    def finished():
        return all(d["state"] not in {"queued", "claimed"} for d in _deliveries(server, key, campaign))

    _until(finished, "the end of the campaign", patience=240)
    _until(lambda: server.lag() == 0, "an empty stream")


def _pages(server, key, path):
    found, cursor = [], ""
    while cursor is not None:
        page = call(server, key, "GET", path + (f"&cursor={cursor}" if cursor else ""))
        found += page["data"]
        cursor = page["next_cursor"]
    return found


def _deliveries(server, key, campaign):
    return _pages(server, key, f"/api/v1/campaigns/{campaign}/deliveries?limit=200")


def _stored(folder):
    port = json.loads(paths.clickhouse_address(folder).read_text())["port"]
    password = load_secrets(folder)["clickhouse_password"]
    client = get_client(
        host="127.0.0.1", port=port, username="rapport", password=password, database="rapport"
    )
    rows = client.query("SELECT message_id FROM events WHERE event = 'Ping'").result_rows
    return collections.Counter(row[0] for row in rows)


def test_every_part_was_killed(aftermath):
    assert set(aftermath["killed"]) == {"worker", "stream", "projector", "web", "clickhouse", "postgres"}


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


def test_what_is_uncertain_is_no_more_than_what_was_in_hand(aftermath):
    uncertain = [d for d in aftermath["deliveries"] if d["state"] == "uncertain"]
    workers = sum(name in {"worker", "postgres"} for name in aftermath["killed"])
    assert len(uncertain) <= workers * 200
