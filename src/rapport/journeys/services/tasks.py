"""Tasks that journeys give to the business's own people: written by steps, mailed, and ended by a person."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core import jobs
from rapport.core.access import Actor, system
from rapport.core.clock import SYSTEM, Clock
from rapport.core.jobs import JobKind, RunningJob, every
from rapport.core.live.notices import notify
from rapport.core.live.registry import NoticeKind
from rapport.core.models import User
from rapport.core.queries import workspace
from rapport.core.services import audit
from rapport.core.services.accounts import mail_connection
from rapport.journeys import queries
from rapport.journeys.models import Enrolment, JourneyTask
from rapport.journeys.registry import Errand
from rapport.journeys.services import answering
from rapport.journeys.services.steps.waiting import length
from rapport.people.models import Person

OWNER = "owner"
Kind, State = JourneyTask.Kind, JourneyTask.State
logger = logging.getLogger("rapport.journeys")


def give(errand: Errand, kind: str) -> None:
    """One task for each person and each of those whom the step names; in the engine's transaction."""
    now, config = errand.clock.now(), errand.config
    users = _users(config.get("to", ()))
    owners = _owners(errand) if OWNER in config.get("to", ()) else {}
    due = now + length(config["for"]) if kind == Kind.APPROVAL else None
    rows = [
        JourneyTask(
            kind=kind,
            title=config["about"],
            text=config.get("text", ""),
            journey_id=errand.journey_id,
            person_id=position.person_id,
            assignee_id=user,
            enrolment_id=position.id,
            moves=position.moves,
            created_at=now,
            due_at=due,
            mailed_at=None if user else now,
        )
        for position in errand.positions
        for user in _of_one([*users, owners.get(position.person_id)])
    ]
    JourneyTask.objects.bulk_create(rows, ignore_conflicts=True)
    _tell(errand, [row for row in rows if row.assignee_id])
    if any(row.assignee_id for row in rows):
        with suppress(jobs.AlreadyQueued):
            jobs.enqueue(actor=system("journey"), kind=MAIL.name, unique_key=MAIL.name, clock=errand.clock)


def _tell(errand: Errand, rows: Sequence[JourneyTask]) -> None:
    """On the bell of each, once for all that came together."""
    by_user: dict[int, list[JourneyTask]] = {}
    for row in rows:
        by_user.setdefault(row.assignee_id or 0, []).append(row)
    for user, own in by_user.items():
        same = JourneyTask.objects.filter(
            assignee_id=user, person_id=own[0].person_id, created_at=own[0].created_at
        )
        only = same.order_by("-pk").first() if len(own) == 1 else None
        url = reverse("journeys:task", args=[only.pk]) if only else reverse("journeys:tasks")
        count = len(own)
        notify(
            [user], NOTICE.name, params={"about": errand.config["about"], "count": count}, url=url,
            key=errand.key(errand.positions[0]),
        )  # fmt: skip


def _notice_words(params: Mapping[str, Any]) -> str:
    if params["count"] == 1:
        return str(params["about"])
    return _("%(n)d times: %(about)s") % {"n": params["count"], "about": params["about"]}


def _users(emails: Sequence[str]) -> list[int]:
    return list(User.objects.filter(email__in=emails, is_active=True).values_list("pk", flat=True))


def _owners(errand: Errand) -> dict[uuid.UUID, int]:
    """{person: who looks after them}"""
    rows = Person.objects.filter(pk__in=[position.person_id for position in errand.positions])
    return dict(rows.filter(owner__is_active=True).values_list("pk", "owner_id"))


def _of_one(users: Sequence[int | None]) -> list[int | None]:
    """Each once; nobody in particular only if there is nobody."""
    chosen = list(dict.fromkeys(user for user in users if user))
    return list(chosen) or [None]


@transaction.atomic
def end(*, actor: Actor, task_id: int, answer: str, note: str = "", clock: Clock = SYSTEM) -> JourneyTask:
    """Marks it done, or approves or denies it, which lets the run go on. Raises Http404, ValidationError."""
    row = task_for(actor, task_id, lock=True)
    wanted = {State.APPROVED, State.DENIED} if row.kind == Kind.APPROVAL else {State.DONE}
    if answer not in wanted:
        raise ValidationError(_("This cannot be answered so."))
    if row.state != State.OPEN:
        raise ValidationError(_("Somebody has answered this already."))
    if row.kind == Kind.APPROVAL:
        if not _may_approve(row, actor):
            raise ValidationError(_("This was asked of somebody else."))
        because = {"by": actor.label, "note": note[:500]}
        if not answering.note(row.enrolment_id or 0, row.moves, answer, because=because):
            raise ValidationError(_("The journey has gone on without an answer."))
    _close(row, State(answer), actor.label, note, clock.now())
    if row.kind == Kind.APPROVAL:
        same = JourneyTask.objects.filter(
            enrolment_id=row.enrolment_id or 0, moves=row.moves, state=State.OPEN
        )
        same.update(state=State.OVER, ended_at=clock.now())
    audit.record(
        actor=actor,
        action="journey.task_ended",
        object_type="journey",
        object_id=row.journey_id,
        data={"person": str(row.person_id), "answer": answer},
        clock=clock,
    )
    return row


def _may_approve(row: JourneyTask, actor: Actor) -> bool:
    """Whoever was asked, or anybody if that is nobody in particular or somebody who is gone."""
    user = row.assignee
    return user is None or not user.is_active or user.pk == actor.user_id


def _close(row: JourneyTask, state: str, by: str, note: str, now: dt.datetime) -> None:
    row.state, row.ended_at, row.ended_by, row.note = state, now, by[:254], note[:500]
    row.save(update_fields=["state", "ended_at", "ended_by", "note"])


def task_for(actor: Actor, task_id: int, *, lock: bool = False) -> JourneyTask:
    """Raises Http404."""
    rows = queries.tasks(actor)
    rows = rows.select_for_update(no_key=True, of=("self",)) if lock else rows
    row = rows.filter(pk=task_id).first()
    if row is None:
        raise Http404("no such task")
    return row


def expire(now: dt.datetime) -> int:
    """Approvals that no run waits for any more: its time was over, it ended, or it was moved elsewhere."""
    waiting = Enrolment.objects.filter(pk=OuterRef("enrolment_id"), moves=OuterRef("moves"), ended_at=None)
    rows = JourneyTask.objects.filter(~Exists(waiting), kind=Kind.APPROVAL, state=State.OPEN)
    return rows.update(state=State.OVER, ended_at=now)


def mail(job: RunningJob) -> dict[str, int]:
    """Writes to those who have new tasks, one mail each; without a mail server nothing is sent and nothing fails."""
    now = job.clock.now()
    new = JourneyTask.objects.filter(mailed_at=None, assignee__isnull=False)
    users = list(User.objects.filter(pk__in=new.order_by().values("assignee")).order_by("pk"))
    count = 0
    for done, user in enumerate(users, start=1):
        given = list(new.filter(assignee=user).order_by("created_at", "pk"))
        if given and settings.SMTP_URL:
            _send(user, given)
        count += JourneyTask.objects.filter(pk__in=[row.pk for row in given]).update(mailed_at=now)
        job.step(done=done)
    return {"people": len(users), "tasks": count}


def _send(user: User, given: Sequence[JourneyTask]) -> None:
    """Whoever cannot be written to keeps no mail from others."""
    try:
        _message(user, given).send()
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError):
        logger.exception("no mail about tasks of journeys to user %s", user.pk)


def _message(user: User, rows: Sequence[JourneyTask]) -> EmailMessage:
    """Names nobody: who it is about is seen after signing in."""
    first = rows[0].title
    subject = first if len(rows) == 1 else _("%(n)d new tasks") % {"n": len(rows)}
    lines = [
        f"{row.title}: {settings.PUBLIC_URL}{reverse('journeys:task', args=[row.pk])}" for row in rows[:20]
    ]
    return EmailMessage(
        f"[{workspace().name}] {subject}",
        "\n".join(lines),
        None,
        [user.email],
        connection=mail_connection(settings.SMTP_URL),
    )


MAIL = JobKind("journeys.mail", gettext_lazy("Mails about tasks of journeys"), mail, schedule=every(hours=1))
NOTICE = NoticeKind("journey.task", gettext_lazy("Tasks of journeys"), "clipboard-list", _notice_words)
