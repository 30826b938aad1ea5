"""Files of orders: uploaded, their columns agreed on, started, and taken back."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from pathlib import PurePath
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from rapport.commerce.feeds import reading
from rapport.commerce.models import OrderFile, ToldOrder
from rapport.commerce.order_files import columns, lines, running
from rapport.commerce.services.orders.requests import order_source
from rapport.core import jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.money import MoneyError, currency_code
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.events.services import log as event_log
from rapport.transfers.imports import readers
from rapport.transfers.imports.mapping import headers_key

KEPT = dt.timedelta(days=30)
REVERT = "commerce.order-file-revert"
State = OrderFile.State


@transaction.atomic
def upload(
    *, actor: Actor, stream: IO[bytes], name: str, store: str = "", currency: str = "", clock: Clock = SYSTEM
) -> OrderFile:
    """Keeps a file; it starts by itself when nothing about it has to be asked. Raises Unreadable, ValidationError."""
    actor.require("orders.edit")
    currency = _currency(currency)
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    stream.seek(0)
    stored = default_storage.save(f"orders/{uuid.uuid4()}{PurePath(name).suffix[:10].lower()}", File(stream))
    try:
        first = reading.sample(stored, name)
    except readers.Unreadable:
        default_storage.delete(stored)
        raise
    headers = list(dict.fromkeys(column for row in first for column in row.cells))
    mapping, is_remembered = _proposed(headers)
    run = OrderFile.objects.create(
        name=PurePath(name).name[:254], file=stored, digest=digest, store=store.strip()[:64], currency=currency,
        headers=headers, headers_key=headers_key(headers), mapping=mapping, created_by=actor.label[:254],
        created_at=clock.now(),
    )  # fmt: skip
    audit.record(actor=actor, action="order_file.uploaded", object_type="order_file", object_id=run.pk)
    if is_remembered and not questions(run):
        start(actor=actor, run=run, clock=clock)
        run.refresh_from_db()
    return run


def _currency(given: str) -> str:
    try:
        return currency_code(given) if given else workspace().currency
    except MoneyError as error:
        raise ValidationError({"currency": str(error)}) from error


def _proposed(headers: list[str]) -> tuple[dict[str, Any], bool]:
    """What the columns mean, and whether somebody has said so of a file with these columns before."""
    mapping: dict[str, Any] = {"columns": columns.suggested(headers), "dates": "", "numbers": ""}
    agreed = OrderFile.objects.filter(headers_key=headers_key(headers)).exclude(state=State.MAPPING)
    last = agreed.order_by("-created_at").first()
    if last is None:
        return mapping, False
    kept = last.mapping["columns"]
    mapping["columns"] = {header: kept.get(header, mapping["columns"][header]) for header in headers}
    return mapping | {name: last.mapping.get(name, "") for name in ("dates", "numbers")}, True


def questions(run: OrderFile) -> dict[str, str]:
    """What has to be said before the file can be read: {field of the form: why}."""
    unanswered = {
        name: _("No column holds it: %(field)s.") % {"field": columns.FIELDS[name]}
        for name in columns.missing(run.mapping["columns"])
    }
    cells = [row.cells for row in reading.sample(run.file, run.name)]
    judged = lines.notations(cells, run.mapping["columns"], run.mapping)
    for column, notation in judged.items():
        if notation == "ask":
            kind = "dates" if run.mapping["columns"][column] in columns.TIMES else "numbers"
            words = (
                _("In “%(column)s” day and month cannot be told apart.")
                if kind == "dates"
                else _("In “%(column)s” a point or comma may mark thousands or decimals.")
            )
            unanswered[kind] = words % {"column": column}
    return unanswered


@transaction.atomic
def set_mapping(
    *, actor: Actor, run: OrderFile, mapping: Mapping[str, str], dates: str = "", numbers: str = ""
) -> None:
    """Says what the columns mean. Raises ValidationError by field."""
    actor.require("orders.edit")
    if run.state not in {State.MAPPING, State.FAILED}:
        raise ValidationError(_("This file was read already; upload it again to read it in another way."))
    if unknown := set(mapping.values()) - columns.FIELDS.keys():
        raise ValidationError(
            {"columns": _("There is no field “%(name)s”.") % {"name": sorted(unknown)[0][:60]}}
        )
    twice = [to for to in columns.FIELDS if to != "ignore" and list(mapping.values()).count(to) > 1]
    if twice:
        words = _("Two columns are “%(field)s”; leave one out.")
        raise ValidationError({"columns": words % {"field": columns.FIELDS[twice[0]]}})
    if dates not in {"", "dmy", "mdy", "excel"} or numbers not in {"", "point", "comma"}:
        raise ValidationError({"dates": _("None of %(kinds)s.") % {"kinds": "dmy, mdy, excel; point, comma"}})
    is_remembered = {column: mapping.get(column, "ignore") for column in run.headers}
    run.mapping = {"columns": is_remembered, "dates": dates, "numbers": numbers}
    run.save(update_fields=["mapping"])


@transaction.atomic
def start(*, actor: Actor, run: OrderFile, clock: Clock = SYSTEM) -> None:
    """Has the file read in the background. Raises ValidationError while something has to be said first."""
    actor.require("orders.edit")
    run = OrderFile.objects.select_for_update().get(pk=run.pk)
    if run.state not in {State.MAPPING, State.FAILED}:
        raise ValidationError(_("This file was read already; upload it again to read it in another way."))
    if unanswered := questions(run):
        raise ValidationError(dict(unanswered))
    fresh = {
        "position": 0,
        "reached": "",
        "errors": 0,
        "added": 0,
        "changed": 0,
        "unchanged": 0,
        "trouble": "",
    }
    run.row_errors.all().delete()
    run.rows.all().delete()
    OrderFile.objects.filter(pk=run.pk).update(state=State.WAITING, **fresh)
    jobs.enqueue(
        actor=actor, kind=running.JOB, payload={"run": run.pk}, unique_key=f"order-file:{run.pk}", clock=clock
    )
    audit.record(actor=actor, action="order_file.started", object_type="order_file", object_id=run.pk)


@transaction.atomic
def revert(*, actor: Actor, run: OrderFile, clock: Clock = SYSTEM) -> None:
    """Has what the file told taken back in the background. Raises ValidationError."""
    actor.require("orders.edit")
    run = OrderFile.objects.select_for_update().get(pk=run.pk)
    if run.state not in {State.DONE, State.FAILED}:
        raise ValidationError(_("Only what was read can be taken back."))
    OrderFile.objects.filter(pk=run.pk).update(state=State.REVERTED)
    jobs.enqueue(
        actor=actor, kind=REVERT, payload={"run": run.pk}, unique_key=f"{REVERT}:{run.pk}", clock=clock
    )
    audit.record(actor=actor, action="order_file.reverted", object_type="order_file", object_id=run.pk)


def take_back(job: jobs.RunningJob) -> dict[str, int]:
    """The job: withdraws, order by order, what the file told last. What a later file told stays as that has it."""
    source, done = order_source(running.SOURCE).pk, 0
    while rows := list(ToldOrder.objects.filter(run=job.payload["run"]).order_by("pk")[: running.ORDERS]):
        now = job.clock.now()
        with transaction.atomic():
            events = running.withdrawals(rows, now)
            for first in range(0, len(events), 500):
                event_log.append(source, events[first : first + 500], now)
            ToldOrder.objects.filter(pk__in=[row.pk for row in rows]).delete()
            done += len(rows)
            job.step(done=done)
    return {"orders": done}


def delete_old(job: jobs.RunningJob) -> dict[str, int]:
    """The job of every night: files that nobody needs any more."""
    return {"files": forget(OrderFile.objects.filter(created_at__lt=job.clock.now() - KEPT))}


def forget(runs: Any) -> int:
    """Deletes the files of runs that do not go on; what was told of them stays."""
    old = list(runs.exclude(file="").exclude(state__in=(State.WAITING, State.RUNNING)))
    for run in old:
        default_storage.delete(run.file)
    OrderFile.objects.filter(pk__in=[run.pk for run in old]).update(file="")
    return len(old)
