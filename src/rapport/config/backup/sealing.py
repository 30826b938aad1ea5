"""Encryption of a backup with age (https://age-encryption.org): to somebody's public key, or with a passphrase.

To a public key it is an ordinary age file. With a passphrase, a key made for this backup stands in front of it,
encrypted with the passphrase (scrypt).
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pyrage

from rapport.config.backup import archive

MAGIC = b"rapport-backup-passphrase-1\n"
AGE = b"age-encryption.org/v1"


class Locked(Exception):
    """The backup is encrypted, and what was given does not open it; the message says what is needed."""


@contextlib.contextmanager
def sealed(path: Path, *, passphrase: str = "", recipients: tuple[str, ...] = ()) -> Iterator[IO[bytes]]:
    """A stream into the file, readable by its owner only, encrypted if there is a passphrase or a recipient.

    Raises Locked where a recipient is no public key."""
    keys = [_key(pyrage.x25519.Recipient, key, "public key (age1…)") for key in recipients]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        if passphrase:
            identity = pyrage.x25519.Identity.generate()
            wrapped = pyrage.passphrase.encrypt(str(identity).encode(), passphrase)
            file.write(MAGIC + len(wrapped).to_bytes(4, "big") + wrapped)
            keys.append(identity.to_public())
        if not keys:
            yield file
        else:
            with _through(lambda source: pyrage.encrypt_io(source, file, keys), writing=True) as pipe:
                yield pipe
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def opened(path: Path, *, passphrase: str = "", identities: tuple[str, ...] = ()) -> Iterator[IO[bytes]]:
    """A stream of what is in the file. Raises Locked."""
    with path.open("rb") as file:
        keys = [_key(pyrage.x25519.Identity, key, "secret key (AGE-SECRET-KEY-…)") for key in identities]
        if file.read(len(MAGIC)) == MAGIC:
            if not passphrase:
                raise Locked(
                    "The backup is encrypted with a passphrase: name its file with --passphrase-file."
                )
            try:
                wrapped = file.read(int.from_bytes(file.read(4), "big"))
                key = pyrage.passphrase.decrypt(wrapped, passphrase)
            except pyrage.DecryptError as error:
                raise Locked("That is not the passphrase of this backup.") from error
            keys.append(pyrage.x25519.Identity.from_str(key.decode()))
        else:
            file.seek(0)
            encrypted = file.read(len(AGE)) == AGE
            file.seek(0)
            if not encrypted:
                yield file
                return
            if not keys:
                raise Locked("The backup is encrypted to a key: name its file with --identity.")
        with _through(lambda sink: pyrage.decrypt_io(file, sink, keys), writing=False) as pipe:
            yield pipe


def _key(kind: Any, text: str, words: str) -> Any:
    try:
        return kind.from_str(text)
    except (pyrage.RecipientError, pyrage.IdentityError) as error:
        raise Locked(f"What was given is no age {words}: {error}.") from error


@contextlib.contextmanager
def _through(work: Any, *, writing: bool) -> Iterator[IO[bytes]]:
    """A pipe, at whose other end a thread encrypts or decrypts."""
    reader, writer = os.pipe()
    inner, outer = (reader, writer) if writing else (writer, reader)
    failures: list[Exception] = []

    def run() -> None:
        with os.fdopen(inner, "rb" if writing else "wb") as end:
            try:
                work(end)
            except Exception as error:  # told to whoever reads or writes
                failures.append(error)

    thread = threading.Thread(target=run, name="sealing", daemon=True)
    thread.start()
    try:
        with os.fdopen(outer, "wb" if writing else "rb") as end:
            yield end
            while not writing and end.read(archive.PIECE):  # so that the other end finishes
                pass
    finally:
        thread.join()
        if failures:
            words = f"The backup cannot be opened with this key, or it is damaged: {failures[0]}"
            raise Locked(words) from failures[0]
