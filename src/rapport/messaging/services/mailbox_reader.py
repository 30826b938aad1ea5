"""Reads mailboxes: everything that is new, each mail once, in order, and then waits for more (IDLE).

A mail counts as read with the commit that also holds what followed of it; only after that it is marked or moved. So a
process that dies in between reads nothing twice and loses nothing. The lease of the mailbox is the lock against a
second reader; a mail that cannot be read is set aside with its reason, and the next one is read.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.db import DataError, IntegrityError, transaction
from django.db import Error as DatabaseError

from rapport.channels.email import imap
from rapport.core import crypto, jobs
from rapport.core.clock import Clock
from rapport.core.services import incarnations
from rapport.messaging.models import IncomingMail, Mailbox
from rapport.messaging.services import mailbox_intake, mailboxes

log = logging.getLogger("rapport.mailbox")
# So many mails of one mailbox are read before the next mailbox has its turn.
BATCH = 100
LEASE = dt.timedelta(seconds=90)
# A connection is asked for news by itself after so long: servers end IDLE, routers forget connections (RFC 2177).
RENEW = dt.timedelta(minutes=9)
# Without IDLE the server is asked every so often.
ASK = dt.timedelta(seconds=30)
Opener = Callable[[imap.Place], imap.Folder]


class Session:
    """A mailbox that this process reads, with its open folder."""

    def __init__(self, mailbox: Mailbox, folder: imap.Folder, now: dt.datetime) -> None:
        self.mailbox, self.folder = mailbox, folder
        self.asked_at = self.renewed_at = now
        self.more = True

    def is_due(self, now: dt.datetime) -> bool:
        """Whether to look: at first, when more is known to be there, on news, and by time."""
        if self.more or now - self.asked_at >= RENEW:
            return True
        if not self.folder.can_wait and now - self.asked_at < ASK:
            return False
        return self.folder.has_news()


class Reader:
    """The mailboxes that one process reads."""

    def __init__(self, opener: Opener = imap.Folder) -> None:
        self._open = opener
        self._sessions: dict[int, Session] = {}

    def run_once(self, clock: Clock) -> int:
        """Looks at each mailbox once; returns how many mails were read."""
        if incarnations.waiting():
            self.close()
            return 0
        for mailbox in jobs.claim(mailboxes.active(), now=clock.now(), limit=20, lease=LEASE):
            self._begin(mailbox, clock)
        return sum(self._look(session, clock) for session in list(self._sessions.values()))

    def close(self) -> None:
        """Gives every mailbox back."""
        for session in list(self._sessions.values()):
            self._end(session)
            _release(session.mailbox)

    def _begin(self, mailbox: Mailbox, clock: Clock) -> None:
        if old := self._sessions.pop(mailbox.pk, None):
            old.folder.close()
        try:
            folder = self._open(mailboxes.place_of(mailbox))
        except (imap.Unreadable, crypto.Unreadable) as error:
            mailboxes.note_failure(mailbox, str(error), clock)
            return
        self._sessions[mailbox.pk] = Session(mailbox, folder, clock.now())

    def _look(self, session: Session, clock: Clock) -> int:
        mailbox = session.mailbox
        try:
            if not _still_ours(session, clock):
                self._end(session)
                return 0
            if not session.is_due(clock.now()):
                return 0
            session.folder.stop_waiting()
            count = read(mailbox, session.folder, clock)
            session.more, session.asked_at = count >= BATCH, clock.now()
            if session.folder.can_wait and not session.more:
                session.more = session.folder.has_news()  # what came between reading and waiting
        except imap.Unreadable as error:
            self._end(session)
            mailboxes.note_failure(mailbox, str(error), clock)
            return 0
        except jobs.Lost:
            self._end(session)
            return 0
        except DatabaseError:
            self._end(session)
            raise
        mailboxes.note_success(mailbox, clock, mails=count)
        return count

    def _end(self, session: Session) -> None:
        session.folder.close()
        self._sessions.pop(session.mailbox.pk, None)


def _release(mailbox: Mailbox) -> None:
    try:
        jobs.release(mailbox)
    except jobs.Lost:
        log.info("another process has taken mailbox %s over", mailbox.pk)


def _still_ours(session: Session, clock: Clock) -> bool:
    """Renews the lease in good time; false when the mailbox was changed, disabled or taken over."""
    mailbox = session.mailbox
    same = Mailbox.objects.filter(
        pk=mailbox.pk, fence=mailbox.fence, revision=mailbox.revision, disabled_at=None
    )
    if not same.exists():
        return False
    if clock.now() - session.renewed_at > LEASE / 2:
        jobs.renew(mailbox, now=clock.now(), lease=LEASE)
        session.renewed_at = clock.now()
    return True


def read(mailbox: Mailbox, folder: imap.Folder, clock: Clock, limit: int = BATCH) -> int:
    """Reads what is new in an open folder; returns how many mails. Raises Lost, Unreadable."""
    if mailbox.uid_validity != folder.uid_validity:
        # The server numbers its mails anew: all are looked at again, and known ones recognised by their Message-ID.
        jobs.renew(mailbox, now=clock.now(), lease=LEASE, uid_validity=folder.uid_validity, last_uid=0)
    uids = folder.uids_after(mailbox.last_uid)[:limit]
    for uid in uids:
        fetched = folder.fetch(uid)
        if fetched is None:  # deleted meanwhile
            jobs.renew(mailbox, now=clock.now(), lease=LEASE, last_uid=uid)
            continue
        take_one(mailbox, folder.uid_validity, fetched, clock)
    _file(mailbox, folder, clock)
    return len(uids)


def take_one(mailbox: Mailbox, uid_validity: int, fetched: imap.Fetched, clock: Clock) -> IncomingMail:
    """Takes one mail, or sets it aside with the reason; commits. Raises Lost and database errors."""
    try:
        with transaction.atomic():
            jobs.renew(mailbox, now=clock.now(), lease=LEASE, last_uid=max(fetched.uid, mailbox.last_uid))
            return _taken(mailbox, uid_validity, fetched, clock)
    except (DatabaseError, jobs.Lost) as error:
        if isinstance(error, jobs.Lost) or not _is_about_the_mail(error):
            raise
        return _set_aside(mailbox, uid_validity, fetched, error, clock)
    except Exception as error:
        log.exception("mail %s of mailbox %s could not be read", fetched.uid, mailbox.pk)
        return _set_aside(mailbox, uid_validity, fetched, error, clock)


def _is_about_the_mail(error: Exception) -> bool:
    """Whether the database refused what the mail holds, and does not fail altogether."""
    return isinstance(error, DataError | IntegrityError)


def _received(fetched: imap.Fetched, now: dt.datetime) -> dt.datetime:
    return min(fetched.received_at or now, now)


def _taken(mailbox: Mailbox, uid_validity: int, fetched: imap.Fetched, clock: Clock) -> IncomingMail:
    now = clock.now()
    row = IncomingMail.objects.filter(mailbox=mailbox, uid_validity=uid_validity, uid=fetched.uid).first()
    if row is not None and row.outcome != IncomingMail.Outcome.QUARANTINED:
        return row
    row = row or IncomingMail(mailbox=mailbox, uid_validity=uid_validity, uid=fetched.uid)
    row.size, row.received_at, row.read_at = fetched.size, _received(fetched, now), now
    row.message_id = mailbox_intake.identity(fetched.raw)
    known_mails = IncomingMail.objects.filter(mailbox=mailbox, message_id=row.message_id)
    if known_mails.exclude(pk=row.pk).exclude(outcome="quarantined").exists():
        row.outcome = IncomingMail.Outcome.DUPLICATE
    else:
        taken = mailbox_intake.take(
            mailbox=mailbox, raw=fetched.raw, received_at=row.received_at, clock=clock
        )
        row.kind, row.outcome, row.reason = taken.kind, taken.outcome, taken.reason[:500]
        row.address, row.delivery = taken.address.replace("\0", "")[:320], taken.delivery
    row.save()
    return row


def _set_aside(
    mailbox: Mailbox, uid_validity: int, fetched: imap.Fetched, error: Exception, clock: Clock
) -> IncomingMail:
    now = clock.now()
    with transaction.atomic():
        jobs.renew(mailbox, now=now, lease=LEASE, last_uid=max(fetched.uid, mailbox.last_uid))
        row, _created = IncomingMail.objects.update_or_create(
            mailbox=mailbox,
            uid_validity=uid_validity,
            uid=fetched.uid,
            defaults={
                "outcome": IncomingMail.Outcome.QUARANTINED,
                "reason": f"{type(error).__name__}: {error}".replace("\0", "")[:500],
                "size": fetched.size,
                "received_at": _received(fetched, now),
                "read_at": now,
            },
        )
    return row


def _file(mailbox: Mailbox, folder: imap.Folder, clock: Clock) -> None:
    """Marks or moves what was read and committed, also what an earlier process left so. Mails set aside stay."""
    rows = IncomingMail.objects.filter(
        mailbox=mailbox, uid_validity=folder.uid_validity, filed_at=None
    ).exclude(outcome=IncomingMail.Outcome.QUARANTINED)
    uids = sorted(rows.values_list("uid", flat=True)[:1_000])
    if not uids:
        return
    if mailbox.after == Mailbox.After.SEEN:
        folder.mark_seen(uids)
    elif mailbox.after == Mailbox.After.MOVE and mailbox.move_to:
        folder.mark_seen(uids)
        folder.move(uids, mailbox.move_to)
    IncomingMail.objects.filter(mailbox=mailbox, uid_validity=folder.uid_validity, uid__in=uids).update(
        filed_at=clock.now()
    )


READER = Reader()


def run_once(clock: Clock) -> int:
    """The worker's loop."""
    return READER.run_once(clock)
