"""The file of a backup: whole or refused, sealed or open."""

import io
import subprocess
import sys

import pyrage
import pytest

from rapport.config.backup import archive, sealing
from rapport.config.backup.archive import Damaged
from rapport.config.backup.sealing import Locked

PIECES = {
    "keys.json": b"{}",
    "postgres/a/000000": b"1\tx\n" * 1000,
    "files/b/000000": bytes(range(256)) * 100,
}
MANIFEST = {"version": "1", "postgres": {}, "clickhouse": {}, "files": {}}


def written(path, **how):
    with sealing.sealed(path, **how) as stream:
        writer = archive.Writer(stream)
        for name, content in PIECES.items():
            writer.add(name, content)
        writer.finish(MANIFEST)
    return path


def read(path, **how):
    with sealing.opened(path, **how) as stream:
        return {name: archive.unpacked(piece) for name, piece in archive.pieces(stream) if name in PIECES}


def verified(path, **how):
    with sealing.opened(path, **how) as stream:
        return archive.verify(stream)


def test_what_was_written_is_read(tmp_path):
    path = written(tmp_path / "one")
    assert read(path) == PIECES
    assert set(verified(path)["members"]) == set(PIECES)
    assert path.stat().st_mode & 0o077 == 0


def test_a_passphrase_seals_and_opens(tmp_path):
    path = written(tmp_path / "one", passphrase="correct horse")
    assert b"keys.json" not in path.read_bytes()
    assert read(path, passphrase="correct horse") == PIECES
    with pytest.raises(Locked, match="not the passphrase"):
        read(path, passphrase="wrong")
    with pytest.raises(Locked, match="passphrase-file"):
        read(path)


def test_a_public_key_makes_an_ordinary_age_file(tmp_path):
    identity = pyrage.x25519.Identity.generate()
    path = written(tmp_path / "one", recipients=(str(identity.to_public()),))
    plain = pyrage.decrypt(path.read_bytes(), [identity])
    assert archive.verify(io.BytesIO(plain))["members"]
    assert read(path, identities=(str(identity),)) == PIECES
    with pytest.raises(Locked, match="--identity"):
        read(path)
    with pytest.raises(Locked):
        read(path, identities=(str(pyrage.x25519.Identity.generate()),))


@pytest.mark.parametrize("size", [0, 100, 3000])
def test_a_file_cut_short_is_refused(tmp_path, size):
    path = written(tmp_path / "one")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(Damaged):
        verified(path)


@pytest.mark.parametrize("place", range(600, 4000, 400))
def test_a_flipped_byte_is_found_or_harmless(tmp_path, place):
    """Only padding between pieces may differ; whatever is read must be what was written."""
    path = written(tmp_path / "one")
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    try:
        verified(path)
    except (Damaged, ValueError):
        return
    assert read(path) == PIECES


def test_a_flipped_byte_of_a_sealed_one_is_found(tmp_path):
    path = written(tmp_path / "one", passphrase="x")
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    with pytest.raises((Locked, Damaged)):
        verified(path, passphrase="x")


def test_what_is_no_public_key_makes_no_backup(tmp_path):
    with pytest.raises(Locked, match="no age public key"):
        written(tmp_path / "one", recipients=("age1nonsense",))
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize(
    "content", [b"", b"no json", b"[]", b"{}", b'{"format": 1, "members": []}', b"\xff\xfe"]
)
def test_a_manifest_that_says_nothing_is_refused(content):
    with pytest.raises(Damaged):
        archive._manifest(content)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["backup", "/nowhere/at/all/file"], "no folder /nowhere/at/all"),
        (["backup", "{folder}/file", "--data", "{folder}/empty"], "holds no installation"),
        (["restore", "{folder}/full/file", "--data", "{folder}/full"], "is not empty"),
        (["restore", "{folder}/full/file", "--check"], "cut short or damaged"),
        (["backup", "{folder}/file", "--passphrase-file", "{folder}/full/blank"], "is empty"),
        (["backup", "{folder}/file", "--passphrase-file", "{folder}/full/nothing"], "is empty"),
        (["restore", "{folder}/full/file", "--identity", "{folder}/full/blank"], "no age secret key"),
        (
            ["restore", "{folder}/full/file", "--check", "--identity", "{folder}/full/odd"],
            "no age secret key",
        ),
    ],
)
def test_what_cannot_be_is_said_in_one_line(tmp_path, arguments, words):
    (tmp_path / "full").mkdir()
    for name, text in {
        "file": "no backup",
        "blank": "\nsecond line\n",
        "nothing": "",
        "odd": "AGE-x\n",
    }.items():
        (tmp_path / "full" / name).write_text(text)
    command = [part.format(folder=tmp_path) for part in arguments]
    done = subprocess.run(
        [sys.executable, "-m", "rapport.config.cli", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
