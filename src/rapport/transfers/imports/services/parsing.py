"""Chunks of drafts from a stored file; large files are read and parsed in a process of their own."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from rapport.core.services import spool
from rapport.people import identity_types
from rapport.people.services import new_people
from rapport.people.services import policy as policies
from rapport.people.services.new_people import RowWriter, Written
from rapport.people.values.schema import PERSON
from rapport.transfers.imports import reader, readers
from rapport.transfers.imports.drafts import Chunk, Compiler, Draft, Newcomers
from rapport.transfers.imports.services import timeline
from rapport.transfers.imports.services.planning import Rules
from rapport.transfers.imports.services.settling import Settling
from rapport.transfers.models import Import

CHUNK = 5_000
LARGE = 2 * 1024 * 1024
AHEAD = 2
_decode = msgspec.msgpack.Decoder(Chunk).decode


def is_large(run: Import) -> bool:
    """Whether a file is worth processes and threads of its own."""
    return run.size >= LARGE


@contextmanager
def chunks(run: Import, *, zone: str, skip: int = 0, rules: Rules | None = None) -> Iterator[Iterator[Chunk]]:
    """Chunks of the data rows after the first `skip`. Raises readers.Unreadable, also while chunks are taken.

    With `rules`, a reading process also writes the rows' people down as newcomers.
    """
    job = {
        "file": run.file,
        "layout": run.layout,
        "headers": run.headers,
        "mapping": run.mapping,
        "zone": zone,
        "skip": skip,
        "chunk": CHUNK,
        "excluded": run.excluded,
        "today": run.created_at.date(),
        "rules": None,
    }
    if not is_large(run):
        yield parsed(job)
        return
    if rules:
        job["rules"] = [run.name, rules.policy, rules.ambiguous, rules.source, rules.token, rules.at]
    context = multiprocessing.get_context("spawn")
    pipe = context.Queue(maxsize=AHEAD)
    process = context.Process(target=reader.run, args=(job, pipe), daemon=True)
    process.start()
    try:
        yield _from(pipe, process)
    finally:
        process.terminate()
        process.join()
        pipe.close()


def parsed(job: dict[str, Any]) -> Iterator[Chunk]:
    """Reads and parses in this process."""
    identity_types.refresh(now=True)
    compiler = Compiler(job["mapping"], job["headers"], job["zone"], job["excluded"], job["today"])
    writer = _NewcomerWriter(*_rules(job["rules"])) if job["rules"] else None
    layout = readers.Layout.from_json(job["layout"])
    with default_storage.open(job["file"]) as stream, readers.rows(stream, layout, job["skip"]) as table:
        drafts = compiler.drafts(table.rows)
        while batch := list(islice(drafts, job["chunk"])):
            chunk = Chunk(batch)
            if writer:
                chunk.newcomers = writer.newcomers(batch)
            yield chunk


def _rules(given: list[Any]) -> tuple[str, Rules]:
    name, policy, ambiguous, source, token, at = given
    traits, identity_rules = policies.current(PERSON), identity_types.current().identifying
    return name, Rules(policy, ambiguous, source, token, at, traits, identity_rules)


class _NewcomerWriter:
    """Writes the people of rows down as newcomers, ahead of the writer, who has enough to do."""

    def __init__(self, name: str, rules: Rules) -> None:
        self._name, self._rules, self._version = name, rules, rules.version
        self._scribe, self._settling = RowWriter(rules.source), Settling(rules.traits)

    def newcomers(self, drafts: Sequence[Draft]) -> Newcomers:
        written = [self._written(draft) for draft in drafts]
        ready = [(draft.number, entry) for draft, entry in zip(drafts, written, strict=True) if entry]
        events = timeline.lines(
            [(entry.text, number) for number, entry in ready], self._name, self._rules.token, self._rules.at
        )
        return Newcomers(
            self._version,
            [entry is not None for entry in written],
            new_people.block([entry for _number, entry in ready]),
            spool.packed(b"\n".join(events)),
        )

    def _written(self, draft: Draft) -> Written | None:
        """Rows that do not come in or do not fit are left to the writer."""
        if draft.problem:
            return None
        traits, refused = self._settling.of(draft.traits, draft.identifiers)
        if refused:
            return None
        draft.traits = traits
        return self._scribe.write(self._rules.newcomer(draft, traits))


def _from(pipe: Any, process: Any) -> Iterator[Chunk]:
    while True:
        try:
            item = pipe.get(timeout=5)
        except queue.Empty:
            if not process.is_alive():
                raise readers.Unreadable(
                    _("The reading process ended unexpectedly; resume the import.")
                ) from None
            continue
        if isinstance(item, str):
            raise readers.Unreadable(item)
        if not item:
            return
        yield _decode(item)
