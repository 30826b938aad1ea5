"""A campaign is going out while a backup is made, or the folder copied: whatever is started afterwards, nobody is
mailed twice, and who withdrew since is not mailed at all."""

import collections
import json
import shutil
import subprocess
import sys
import threading

import pytest

from rapport.bench import rig
from tests.crash import test_crash as crash
from tests.crash.sink import Sink

pytestmark = pytest.mark.crash
PEOPLE = 200
WITHDRAWN = [f"reader{number}@example.org" for number in range(PEOPLE - 20, PEOPLE)]


def rapport(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "rapport.config.cli", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(data):
    done = subprocess.run(
        [sys.executable, "-m", "rapport.config.cli", "sending", "status", "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Backup at some mails, copy of the stopped folder at more; then both are started, one after the other."""
    folder, patch = tmp_path_factory.mktemp("restore"), pytest.MonkeyPatch()
    patch.setenv("RAPPORT_JOURNAL", str(folder / "journal"))
    patch.setenv("RAPPORT_SMTP_CONNECTIONS", "1")
    patch.setattr(crash, "PEOPLE", PEOPLE)
    (folder / "passphrase").write_text("correct horse\n")
    notes = {}
    try:
        with Sink() as sink:
            patch.setenv("RAPPORT_SMTP_URL", sink.url)
            sink.pause = 0.4  # the campaign outlasts the backup and a restart
            _run_original(folder, sink, notes)
            sink.pause = 0.02
            with rig.running(folder / "copy"):
                notes["copy"] = status(folder / "copy")
            _run_restored(folder, sink, notes)
            with rig.running(folder / "original"):
                notes["original"] = status(folder / "original")
            notes["mails"] = [who for who, _id in sink.accepted]
            return notes
    finally:
        patch.undo()


def _run_original(folder, sink, notes):
    original = folder / "original"
    with rig.running(original) as server:
        _send(server)
        _wait(lambda: len(sink.accepted) > 20)
        notes["backup"] = _backup(folder, original)
        notes["at_backup"] = len(sink.accepted)
        _withdraw(server)
    shutil.copytree(original, folder / "copy", symlinks=True, ignore=shutil.ignore_patterns("run"))
    with rig.running(original) as server:
        _wait(lambda: server.lag() == 0)
        _wait(lambda: len(sink.accepted) > notes["at_backup"] + 10)
    notes["by_original"] = [who for who, _id in sink.accepted]


def _run_restored(folder, sink, notes):
    restored = folder / "restored"
    _restore(folder, restored)
    with rig.running(restored) as server:
        notes["restored"], notes["ready"] = status(restored), crash.call(server, "", "GET", "/readyz")
        notes["while_waiting"] = len(sink.accepted)
        rapport("sending", "resume", "--half-done", "resume", "--past-due", "resume", "--data", str(restored))
        _wait(lambda: _idle(sink) and status(restored)[0] == 0)  # a command takes seconds to start
        notes["again"] = status(restored)


def _send(server):
    key = server.rapport("key", "create", "--kind", "api", "--name", "restore", "--role", "owner")
    crash._set_sender(server.data)
    segment = crash._segment(server, key, "Readers", crash.SEGMENTS["Readers"])
    campaign = crash._campaign(server, key, segment)
    crash.call(server, key, "POST", f"/api/v1/campaigns/{campaign}/send", {})


def _backup(folder, data):
    arguments = ("backup", str(folder / "one.backup"), "--passphrase-file", str(folder / "passphrase"))
    return json.loads(rapport(*arguments, "--data", str(data)))


def _restore(folder, data):
    arguments = ("restore", str(folder / "one.backup"), "--passphrase-file", str(folder / "passphrase"))
    rapport(*arguments, "--data", str(data))


def _withdraw(server):
    crash.post(
        server,
        [
            {
                "type": "track",
                "event": "Consent Withdrawn",
                "userId": who.split("@")[0].replace("reader", "reader-"),
                "properties": {"purpose": "newsletter", "channel": "email"},
            }
            for who in WITHDRAWN
        ],
    )
    crash._until(lambda: server.lag() == 0, "the withdrawals")


def _wait(done):
    crash._until(done, "what the story waits for", patience=240)


def _idle(sink):
    """Whether nothing came for a while."""
    before = len(sink.accepted)
    threading.Event().wait(2)
    return len(sink.accepted) == before


def test_the_backup_was_made_under_way_and_verified(story):
    assert story["backup"]["verified"]
    assert story["backup"]["encrypted"]
    assert 20 < story["at_backup"] < len(story["by_original"]) < PEOPLE - 20


def test_a_copy_started_elsewhere_waits(story):
    code, answer = story["copy"]
    assert (code, answer["sending"], answer["because"]) == (3, "waits", "copied")
    assert answer["held"]["sends"][0]["state"] == "half done"


def test_a_restored_backup_waits_and_says_so(story):
    code, answer = story["restored"]
    assert (code, answer["because"], story["ready"]["sending"]) == (3, "restored", "waits: restored")
    assert answer["held"]["sends"][0]["sent_since"] > 0
    assert answer["journal"]["tells"]["withdrawal"] == len(WITHDRAWN)
    assert story["while_waiting"] == len(story["by_original"])


def test_nobody_is_mailed_twice(story):
    twice = [who for who, count in collections.Counter(story["mails"]).items() if count > 1]
    assert twice == []


def test_everybody_else_is_mailed_and_who_withdrew_since_is_not(story):
    by_restored = story["mails"][len(story["by_original"]) :]
    assert not set(by_restored) & set(WITHDRAWN)
    assert set(story["mails"]) >= {f"reader{number}@example.org" for number in range(PEOPLE - 20)}
    assert story["again"][0] == 0


def test_the_original_has_lost_its_turn(story):
    assert story["original"][1]["because"] == "replaced"
