"""The file of a backup: a tar of small compressed pieces, and last a manifest with the checksum of each."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from typing import IO, Any

from backports import zstd

FORMAT = 1
MANIFEST = "manifest.json"
PIECE = 8 << 20


class Damaged(Exception):
    """The backup is not whole; the message says what is wrong with it."""


class Writer:
    """Adds pieces; `finish` writes the manifest, without which a backup is not one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w|")  # noqa: SIM115 - closed by `finish`
        self._members: dict[str, str] = {}

    def add(self, name: str, payload: bytes) -> None:
        packed = zstd.compress(payload, level=3)
        self._members[name] = hashlib.sha256(packed).hexdigest()
        self._put(name, packed)

    def finish(self, manifest: dict[str, Any]) -> None:
        whole = {"format": FORMAT, **manifest, "members": self._members}
        self._put(MANIFEST, json.dumps(whole, indent=1).encode())
        self._tar.close()

    def _put(self, name: str, content: bytes) -> None:
        about = tarfile.TarInfo(name)
        about.size, about.mode = len(content), 0o600
        self._tar.addfile(about, io.BytesIO(content))


def pieces(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each piece, in order; the manifest last, as it is. Raises Damaged."""
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                file = tar.extractfile(member)
                yield member.name, file.read() if file else b""
    except (tarfile.TarError, EOFError, OSError) as error:
        raise Damaged(f"The backup is cut short or damaged: {error}") from error


def unpacked(content: bytes) -> bytes:
    try:
        return zstd.decompress(content)
    except zstd.ZstdError as error:
        raise Damaged(f"A piece of the backup is damaged: {error}") from error


def _manifest(content: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(content)
    except ValueError as error:
        raise Damaged(f"The backup's list of its pieces cannot be read: {error}.") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("members"), dict):
        raise Damaged("The backup's list of its pieces names none: it is none of Rapport.")
    if manifest.get("format") != FORMAT:
        raise Damaged(f"The backup has format {manifest.get('format')}; this version reads {FORMAT}.")
    return manifest


def verify(stream: IO[bytes], progress: Any = lambda size: None) -> dict[str, Any]:
    """Reads everything, compares every checksum and returns the manifest. Raises Damaged."""
    sums: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    for name, content in pieces(stream):
        progress(len(content))
        if name == MANIFEST:
            manifest = _manifest(content)
        else:
            sums[name] = hashlib.sha256(content).hexdigest()
    if manifest is None:
        raise Damaged("The backup has no end: it was cut short, or is none of Rapport.")
    wrong = [name for name, digest in manifest["members"].items() if sums.get(name) != digest]
    if wrong or len(sums) != len(manifest["members"]):
        raise Damaged(f"{len(wrong)} pieces are missing or damaged, the first of them {wrong[:1]}.")
    return manifest
