"""A copy or an older state of the data is recognised, sends nothing by itself, and mails nobody twice."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from rapport.content.tests.conftest import START
from rapport.core import access
from rapport.core.clock import VirtualClock
from rapport.core.models import AuditEntry, Incarnation, JournalLine
from rapport.core.services import held_work, incarnations, journal, marks
from rapport.governance.models import AddressWithdrawal, Consent, ConsentRecord, Suppression
from rapport.governance.services import consent, suppression
from rapport.messaging.models import Delivery, Send
from rapport.messaging.services import claiming, sender, tokens
from rapport.messaging.tests import driving
from rapport.people.models import Person

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = access.system("an owner")


@pytest.fixture(autouse=True)
def _own_journal(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    settings.JOURNAL = tmp_path / "journal"
    monkeypatch.setattr(incarnations, "_confirmed", incarnations._Confirmed())


def restart() -> Incarnation:
    """Another process starts on the data."""
    incarnations._confirmed = incarnations._Confirmed()
    return incarnations.recognise(START)


@pytest.fixture
def half_sent(consenting: Any, order: Any, clock: VirtualClock, channel: Any, sink: Any) -> Send:
    """Twelve recipients, of whom three have got it when a backup is made."""
    for number in range(12):
        consenting(f"p{number:02}")
    send = order()
    driving.run_once(clock, 3, channel)
    assert len(sink.recipients) == 3
    return send


class Backup:
    """The ledger as it was, for the tests: what of it a restore brings back."""

    def __init__(self) -> None:
        self.rows = list(
            Delivery.objects.values(
                "pk", "state", "fence", "attempts", "address", "finished_at", "handed_over_at"
            )
        )
        self.audit = marks.newest_audit()[0]

    def restore(self) -> None:
        for row in self.rows:
            Delivery.objects.filter(pk=row["pk"]).update(**{k: v for k, v in row.items() if k != "pk"})
        Send.objects.update(completed_at=None)
        AuditEntry.objects.filter(pk__gt=self.audit).delete()


def test_the_first_start_and_every_further_one_send(half_sent: Send) -> None:
    assert restart().origin == "first"
    assert restart().waits is False
    assert Incarnation.objects.count() == 1


def test_an_older_state_waits_and_then_mails_only_who_got_nothing(
    half_sent: Send, work: Any, sink: Any, clock: VirtualClock
) -> None:
    backup = Backup()
    work()
    assert len(sink.recipients) == 12
    backup.restore()
    assert restart().origin == "older"
    work()
    assert len(sink.recipients) == 12
    (item,) = held_work.held(incarnations.waiting(), clock)["sends"]
    assert (item.done, item.waiting, item.already, item.is_half_done) == (3, 9, 9, True)
    counts = held_work.decide(actor=OWNER, skip={}, clock=clock)
    assert counts == {"handed_over": 9}
    work()
    assert len(sink.recipients) == 12
    assert Delivery.objects.filter(reason="earlier").count() == 9
    assert restart().waits is False


def test_what_was_claimed_when_the_backup_was_made_is_not_sent_again(
    consenting: Any, order: Any, channel: Any, work: Any, sink: Any, clock: VirtualClock
) -> None:
    for number in range(6):
        consenting(f"p{number:02}")
    order()
    claimed, _judged = claiming.claim(6, clock.now(), "email", marketing=True)
    backup = Backup()
    sender.Run(driving.connection_of(channel), clock).send(claimed)
    assert len(sink.recipients) == 6
    backup.restore()
    restart()
    clock.advance(dt.timedelta(minutes=5))
    work()  # the lost claims return to the queue, and wait
    held_work.decide(actor=OWNER, skip={}, clock=clock)
    work()
    assert len(sink.recipients) == 6


def test_what_nobody_got_goes_out_after_the_decision(
    half_sent: Send, work: Any, sink: Any, clock: VirtualClock, channel: Any
) -> None:
    backup = Backup()
    driving.run_once(clock, 3, channel)
    backup.restore()
    restart()
    held_work.decide(actor=OWNER, skip={}, clock=clock)
    work()
    assert sorted(sink.recipients) == sorted(set(sink.recipients))
    assert len(sink.recipients) == 12


def test_what_is_skipped_never_goes_out(half_sent: Send, work: Any, sink: Any, clock: VirtualClock) -> None:
    Backup().restore()
    marks.write(Incarnation(token=uuid.uuid4()), marks.home(), START)
    assert restart().waits
    held_work.decide(actor=OWNER, skip={"sends": [str(half_sent.pk)]}, clock=clock)
    work()
    assert len(sink.recipients) == 3


def test_a_copy_in_another_place_waits(
    half_sent: Send, work: Any, sink: Any, settings: Any, tmp_path: Path
) -> None:
    marks.write(Incarnation.objects.get(), marks.Home("", "/elsewhere", "1:1"), START)
    assert restart().origin == "copied"
    work()
    assert len(sink.recipients) == 3


def test_a_copy_on_another_machine_waits(half_sent: Send, work: Any, sink: Any) -> None:
    shutil.rmtree(journal.folder())
    assert restart().origin == "copied"
    work()
    assert len(sink.recipients) == 3


def test_a_moved_folder_goes_on(half_sent: Send) -> None:
    here = marks.home()
    marks.write(Incarnation.objects.get(), marks.Home(here.cluster, "/before", here.inode), START)
    assert restart().waits is False


def test_a_database_restored_to_an_earlier_moment_is_recognised_without_a_mark(
    half_sent: Send, settings: Any
) -> None:
    shutil.rmtree(journal.folder())
    Incarnation.objects.update(cluster="1/00000001/1")
    assert restart().origin == "rewound"


def test_a_database_restored_under_a_running_worker_is_recognised(
    half_sent: Send, work: Any, sink: Any, clock: VirtualClock, actor: Any
) -> None:
    backup = Backup()
    suppression.suppress(
        actor=actor, channel="email", address="x@example.org", reason="manual", source="test", clock=clock
    )
    incarnations.run_once(clock)
    backup.restore()
    work()
    assert len(sink.recipients) == 3
    assert incarnations.waiting().origin == "older"


def test_an_instance_stops_when_a_copy_takes_over(half_sent: Send, work: Any, sink: Any) -> None:
    marks.write(Incarnation(token=uuid.uuid4()), marks.Home("", "/elsewhere", "1:1"), START)
    work()
    assert len(sink.recipients) == 3
    assert incarnations.waiting().origin == "replaced"


def test_mail_that_these_data_cannot_have_sent_stops_them(
    half_sent: Send, work: Any, sink: Any, monkeypatch: Any, client: Any
) -> None:
    monkeypatch.setattr(incarnations._confirmed, "audit", 1_000_000)
    url = tokens.open_url(Delivery.objects.first().pk)
    client.get(url[url.index("/e/") :])
    assert incarnations.waiting().origin == "mail"
    work()
    assert len(sink.recipients) == 3


def test_withdrawals_suppressions_and_erasures_since_the_backup_are_read_back(
    half_sent: Send, work: Any, sink: Any, clock: VirtualClock, actor: Any, clickhouse: Any
) -> None:
    ada, bob, cleo = Person.objects.filter(deliveries__state="queued").order_by("name")[:3]
    consent.record(
        actor=actor, person_id=ada.pk, purpose="newsletter", channel="email", state="withdrawn",
        at=clock.now(), source="test", clock=clock,
    )  # fmt: skip
    suppression.suppress(
        actor=actor, channel="email", address=bob.email, reason="manual", source="test", clock=clock
    )
    journal.note("erasure", {"persons": [str(cleo.pk)]}, now=clock.now())
    while journal.run_once(clock):
        pass
    assert JournalLine.objects.count() == 0
    forget(ada, clock)
    assert restart().origin == "older"
    counts = held_work.decide(actor=OWNER, skip={}, clock=clock)
    assert counts == {"withdrawal": 1, "suppression": 1, "erasure": 1}
    assert Consent.objects.get(person=ada).state == "withdrawn"
    assert Person.objects.get(pk=cleo.pk).erased_at
    work()
    assert len(sink.recipients) == 9
    assert not {ada.email, bob.email, cleo.email} & set(sink.recipients)


def forget(person: Person, clock: VirtualClock) -> None:
    """As a restore does: the withdrawal and the suppression are not there, and neither are their audit lines."""
    incarnations.run_once(clock)
    granted = ConsentRecord.objects.get(person=person, state="granted")
    Consent.objects.filter(person=person).update(state="granted", at=granted.at, record=granted)
    ConsentRecord.objects.filter(person=person, state="withdrawn").delete()
    Suppression.objects.all().delete()
    AddressWithdrawal.objects.all().delete()
    AuditEntry.objects.filter(action__startswith="consent").delete()
    AuditEntry.objects.filter(action__startswith="suppression").delete()


def test_who_is_not_in_the_restored_data_stays_unmailed(half_sent: Send, clock: VirtualClock) -> None:
    fact = {
        "persons": [str(uuid.uuid4())], "purpose": "newsletter", "channel": "email", "at": START.isoformat(),
        "source": "x", "message_id": "m1", "hashes": ["0" * 64],
        "of_person_only": False,
    }  # fmt: skip
    journal.append("withdrawal", {"facts": [fact]}, incarnation=None, now=clock.now())
    marks.write(Incarnation(token=uuid.uuid4()), marks.home(), START)
    restart()
    held_work.decide(actor=OWNER, skip={}, clock=clock)
    assert AddressWithdrawal.objects.get(address_hash="0" * 64).purpose.key == "newsletter"


def test_only_an_owner_decides(half_sent: Send, actor_in_role: Any, clock: VirtualClock) -> None:
    shutil.rmtree(journal.folder())
    restart()
    with pytest.raises(PermissionDenied):
        held_work.decide(actor=actor_in_role("admin"), skip={}, clock=clock)


def test_an_unwritable_journal_stops_nothing(
    half_sent: Send, work: Any, sink: Any, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    settings.JOURNAL = tmp_path / "file" / "below"
    assert restart().waits is False
    work()
    assert len(sink.recipients) == 12


def test_old_files_of_the_journal_go(half_sent: Send, clock: VirtualClock, settings: Any) -> None:
    assert journal.reaches_back_to()
    journal.prune(clock.now() + dt.timedelta(days=settings.JOURNAL_DAYS + 1))
    assert journal.reaches_back_to() == ""


def test_the_page_shows_what_waits_and_decides(half_sent: Send, page: Any, work: Any, sink: Any) -> None:
    shutil.rmtree(journal.folder())
    restart()
    assert "Nothing is sent." in page.get("/people/").content.decode()
    answer = page.get("/settings/restored/").content.decode()
    assert f'name="sends-{half_sent.pk}"' in answer
    page.post("/settings/restored/", {f"sends-{half_sent.pk}": "resume", "decision": "go"})
    assert incarnations.waiting() is None
    work()
    assert len(sink.recipients) == 12
    assert "Nothing waits" in page.get("/settings/restored/").content.decode()


def test_a_copy_can_be_kept_silent(half_sent: Send, page: Any, work: Any, sink: Any) -> None:
    shutil.rmtree(journal.folder())
    restart()
    page.post("/settings/restored/", {"decision": "silent"})
    assert incarnations.waiting().silent
    work()
    assert len(sink.recipients) == 3


def test_readiness_says_that_nothing_is_sent(half_sent: Send, client: Any, clickhouse: Any) -> None:
    shutil.rmtree(journal.folder())
    restart()
    answer = client.get("/readyz").json()
    assert (answer["status"], answer["sending"]) == ("ready", "waits: copied")
