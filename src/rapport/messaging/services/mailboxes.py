"""Setting up the mailboxes that are read: where they are, whether they can be opened, how reading goes."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from rapport.channels.email import imap, oauth
from rapport.channels.email.services import tokens
from rapport.core import crypto, jobs
from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.core.services import audit
from rapport.messaging import queries
from rapport.messaging.models import IncomingMail, Mailbox

PURPOSE = "mailbox"
FIELDS = (
    "name",
    "host",
    "port",
    "security",
    "username",
    "folder",
    "takes",
    "after",
    "move_to",
    "unsubscribe_address",
    "token_url",
    "client_id",
)
SECRETS = ("password", "client_secret", "refresh_token")
_ELSEWHERE = frozenset({"host", "port", "username", "folder"})


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test found: `works`, and in words what was seen or what to do."""

    works: bool
    words: str


@transaction.atomic
def create(*, actor: Actor, values: Mapping[str, Any], clock: Clock = SYSTEM) -> Mailbox:
    """A mailbox that is read from now on. Raises PermissionDenied, ValidationError."""
    actor.require("channels.edit")
    mailbox = Mailbox(created_at=clock.now(), created_by=actor.label, next_attempt_at=clock.now())
    _set(mailbox, values)
    mailbox.save()
    _audit(actor, "mailbox.created", mailbox, clock)
    return mailbox


@transaction.atomic
def change(*, actor: Actor, mailbox_id: int, values: Mapping[str, Any], clock: Clock = SYSTEM) -> Mailbox:
    """Takes effect at once; an empty password keeps the present one. Raises Http404, ValidationError."""
    actor.require("channels.edit")
    mailbox = queries.mailbox_for(actor, mailbox_id, lock=True)
    before = [getattr(mailbox, name) for name in sorted(_ELSEWHERE)]
    _set(mailbox, values)
    if before != [getattr(mailbox, name) for name in sorted(_ELSEWHERE)]:
        mailbox.uid_validity, mailbox.last_uid = (
            None,
            0,
        )  # another folder: what is known of this one is not of that
    _renewed(mailbox, clock)
    _audit(actor, "mailbox.changed", mailbox, clock)
    return mailbox


@transaction.atomic
def disable(*, actor: Actor, mailbox_id: int, undo: bool = False, clock: Clock = SYSTEM) -> Mailbox:
    """Stops reading a mailbox, or goes on where it stopped. Raises Http404."""
    actor.require("channels.edit")
    mailbox = queries.mailbox_for(actor, mailbox_id, lock=True)
    mailbox.disabled_at = None if undo else clock.now()
    _renewed(mailbox, clock)
    _audit(actor, "mailbox.enabled" if undo else "mailbox.disabled", mailbox, clock)
    return mailbox


def try_out(*, actor: Actor, mailbox_id: int, clock: Clock = SYSTEM) -> Tested:
    """Opens the folder and closes it again; nothing is read. Raises Http404, PermissionDenied."""
    actor.require("channels.edit")
    mailbox = queries.mailbox_for(actor, mailbox_id)
    try:
        folder = imap.Folder(place_of(mailbox), timeout=15.0)
    except (imap.Unreadable, crypto.Unreadable) as error:
        return Tested(False, str(error))
    count = folder.count
    folder.close()
    _audit(actor, "mailbox.tested", mailbox, clock)
    waits = _("New mail is seen at once.") if folder.can_wait else _("New mail is seen within half a minute.")
    words = _("The folder %(folder)s can be read; there are %(count)s mails in it.") % {
        "folder": mailbox.folder,
        "count": count,
    }
    return Tested(True, f"{words} {waits}")


@transaction.atomic
def retry(*, actor: Actor, mail_id: int, clock: Clock = SYSTEM) -> IncomingMail:
    """Lets a mail that was set aside be read again, with those behind it. Raises Http404, ValidationError."""
    actor.require("channels.edit")
    mail = queries.incoming_mail_for(actor, mail_id)
    mailbox = queries.mailbox_for(actor, mail.mailbox_id, lock=True)
    if mail.outcome != IncomingMail.Outcome.QUARANTINED or mail.uid_validity != mailbox.uid_validity:
        raise ValidationError(_("Only a mail that was set aside and is still there can be read again."))
    mailbox.last_uid = min(mailbox.last_uid, mail.uid - 1)
    _renewed(mailbox, clock)
    _audit(actor, "mailbox.retried", mailbox, clock)
    return mail


def place_of(mailbox: Mailbox) -> imap.Place:
    """Where it is, with the password or an access token. Raises crypto.Unreadable, imap.Unreadable."""
    grant, token = _grant(mailbox), ""
    if grant is not None:
        try:
            token = tokens.token_for(grant)
        except oauth.NoToken as error:
            raise imap.Unreadable(str(error)) from error
    at = (mailbox.host, mailbox.port, mailbox.security, mailbox.username)
    return imap.Place(*at, _opened(mailbox.password), mailbox.folder, token)


def _grant(mailbox: Mailbox) -> oauth.Grant | None:
    """How it is signed in to without a password, if it is. Raises crypto.Unreadable, oauth.Incomplete."""
    if not mailbox.token_url:  # the secrets of another time count for nothing
        return None
    secrets = {name: _opened(getattr(mailbox, name)) for name in SECRETS[1:]}
    return oauth.Grant.of({"token_url": mailbox.token_url, "client_id": mailbox.client_id, **secrets})


def _opened(sealed: str) -> str:
    return crypto.open_sealed(PURPOSE, sealed) if sealed else ""


def active() -> QuerySet[Mailbox]:
    return Mailbox.objects.filter(disabled_at=None)


def note_success(mailbox: Mailbox, clock: Clock, *, mails: int) -> None:
    """Health: it could be read. Every minute is enough, so that a quiet mailbox writes little."""
    now = clock.now()
    fresh = mailbox.last_success_at and now - mailbox.last_success_at < dt.timedelta(minutes=1)
    if fresh and not mails and not mailbox.last_error:
        return
    fields: dict[str, Any] = {"last_success_at": now, "last_error": "", "attempts": 0}
    if mails:
        fields["last_mail_at"] = now
    Mailbox.objects.filter(pk=mailbox.pk, fence=mailbox.fence).update(**fields)
    for name, value in fields.items():
        setattr(mailbox, name, value)


def note_failure(mailbox: Mailbox, words: str, clock: Clock) -> None:
    """Health: it could not, and why; it is tried again later and later, at the longest after a quarter of an hour."""
    now = clock.now()
    with suppress(crypto.Unreadable):
        if grant := _grant(mailbox):
            tokens.forget(grant, clock)  # it may be what the server refused
    wait = jobs.delay(mailbox.attempts, longest=dt.timedelta(minutes=15))
    with suppress(jobs.Lost):
        jobs.fail(mailbox, words, now=now, attempts=sys.maxsize, wait=wait)
        Mailbox.objects.filter(pk=mailbox.pk, fence=mailbox.fence).update(last_error_at=now)


def _renewed(mailbox: Mailbox, clock: Clock) -> None:
    """Saves, takes it from whoever reads it, and lets it be read anew at once."""
    mailbox.revision += 1
    mailbox.save()
    jobs.reopen(Mailbox.objects.filter(pk=mailbox.pk), now=clock.now())


def _set(mailbox: Mailbox, values: Mapping[str, Any]) -> None:
    """Puts values into the mailbox. Raises ValidationError naming the fields that are wrong."""
    if unknown := values.keys() - {*FIELDS, *SECRETS}:
        raise ValidationError({name: _("There is no such setting.") for name in sorted(unknown)})
    for name in FIELDS:
        if name in values:
            value = values[name]
            setattr(mailbox, name, value.strip() if isinstance(value, str) else value)
    for name in SECRETS:
        if values.get(name):
            setattr(mailbox, name, crypto.seal(PURPOSE, str(values[name])))
    mailbox.name = mailbox.name or mailbox.username or mailbox.host
    problems: dict[str, str] = {}
    try:
        grant = _grant(mailbox)
    except oauth.Incomplete as error:
        grant, problems[error.name] = None, str(error)
    if not mailbox.password and grant is None and not problems:
        problems["password"] = _("This is needed.")
    if mailbox.after == Mailbox.After.MOVE and not mailbox.move_to:
        problems["move_to"] = _("Name the folder that mails are moved to.")
    if mailbox.move_to and mailbox.move_to == mailbox.folder:
        problems["move_to"] = _("That is the folder that is read.")
    for name in ("host", "username", "folder", "move_to"):
        if not getattr(mailbox, name).isprintable():
            problems[name] = _("There is a control character in it.")
    if problems:
        raise ValidationError(problems)
    mailbox.full_clean(exclude=[*SECRETS, "created_by", "last_error"])


def _audit(actor: Actor, action: str, mailbox: Mailbox, clock: Clock) -> None:
    data = {
        "name": mailbox.name,
        "host": mailbox.host,
        "username": mailbox.username,
        "folder": mailbox.folder,
    }
    audit.record(
        actor=actor, action=action, object_type="mailbox", object_id=mailbox.pk, data=data, clock=clock
    )
