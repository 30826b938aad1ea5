"""What users of comparable systems reported about consent, sign-ups and opt-outs, tried here. Each names its report."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from rapport.core import access
from rapport.core.clock import VirtualClock
from rapport.core.crypto import address_hash
from rapport.governance import queries
from rapport.governance.consent_rule import consent_rule
from rapport.governance.models import Consent, ConsentRecord, ConsentRequest, Purpose, Suppression
from rapport.governance.services import consent, opt_out_files, suppression
from rapport.messaging.models import Delivery
from rapport.people.models import Person
from rapport.portal.services import preferences
from rapport.portal.tests.test_double_opt_in import mail, path, sign_up, state
from rapport.portal.tests.test_preference_centre import address

__all__ = ["sign_up"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clickhouse")]


def refusal(who: Person, email: str, purpose: str = "newsletter") -> str:
    """What the gate says of a message to this address now."""
    rule = consent_rule(
        person="%(person)s::uuid", purpose="p.id", channel="'email'", address_hash="%(hash)s", now="%(now)s"
    )
    values = {
        "person": who.pk,
        "hash": address_hash("email", email),
        "key": purpose,
        "now": dt.datetime.now(dt.UTC),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rule.refusal} FROM governance_purpose p {rule.joins} WHERE p.key = %(key)s", values
        )
        ((answer,),) = cursor.fetchall()
    return str(answer)


def grant(who: Person, purpose: str = "newsletter", **more: Any) -> None:
    now = dt.datetime.now(dt.UTC)
    consent.record(
        actor=access.system("test"), person_id=who.pk, purpose=purpose, channel="email", state="granted",
        at=now, source="form", **more,
    )  # fmt: skip


def test_signing_up_again_does_not_make_a_confirmed_consent_unconfirmed(client: Any, sign_up: Any) -> None:
    """knadh/listmonk#2987: with nothing but an address anybody could end somebody's subscription."""
    sign_up()
    client.post(path(ConsentRequest.objects.get()))
    ann = sign_up()
    mail()
    assert (state(ann), Delivery.objects.count()) == ("granted", 0)


def test_who_is_confirmed_for_one_purpose_is_asked_for_another(client: Any, sign_up: Any) -> None:
    """knadh/listmonk#1257: no second mail, so the second list stayed unconfirmed for ever."""
    sign_up()
    client.post(path(ConsentRequest.objects.get()))
    Purpose.objects.filter(key="offers").update(double_opt_in=True)
    ann = sign_up(purpose="offers")
    mail()
    mail()
    assert (state(ann), state(ann, "offers"), Delivery.objects.count()) == ("granted", "pending", 1)


def test_who_left_and_signs_up_again_is_written_to_again(client: Any, sign_up: Any, live: Any) -> None:
    """knadh/listmonk#1315: told “successful”, and still unsubscribed."""
    left = {
        "type": "track",
        "event": "Unsubscribed",
        "userId": "user-1",
        "properties": {"purpose": "newsletter"},
    }
    live.ingest([left])
    ann = sign_up()
    client.post(path(ConsentRequest.objects.get()))
    assert refusal(ann, "ann@example.org") == ""


def test_a_purpose_without_double_opt_in_sends_no_mail(sign_up: Any) -> None:
    """knadh/listmonk#109: the mail went out whatever the list said."""
    Purpose.objects.update(double_opt_in=False)
    ann = sign_up()
    assert (state(ann), ConsentRequest.objects.exists()) == ("granted", False)


def test_after_the_confirmation_the_page_says_so_and_no_more_mails_come(client: Any, sign_up: Any) -> None:
    """Notifuse/notifuse#313: the page offered to subscribe, and mails were sent without end."""
    sign_up()
    row = ConsentRequest.objects.get()
    page = client.post(path(row)).content.decode()
    assert "<button" not in page
    for _ in range(3):
        mail(dt.timedelta(hours=1))
    assert not Delivery.objects.exists()
    assert "<button" not in client.get(path(row)).content.decode()


def test_one_sign_up_is_one_mail(sign_up: Any) -> None:
    """hizzle-co/noptin#1005: two confirmation mails for each sign-up."""
    sign_up()
    for _ in range(3):
        mail()
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_signing_up_does_not_bring_a_dead_or_complaining_address_back(
    client: Any, actor: Any, sign_up: Any, reason: str
) -> None:
    """silent-suite/silentsuite#74: a new sign-up cleared the unsubscription, and mail went to a bounced address."""
    suppression.suppress(actor=actor, channel="email", address="ann@example.org", reason=reason, source="t")
    ann = sign_up()
    client.post(path(ConsentRequest.objects.get()))
    assert (state(ann), refusal(ann, "ann@example.org")) == ("granted", "suppressed")


def test_a_later_grant_of_a_synchronisation_does_not_lift_a_suppression(actor: Any, person: Any) -> None:
    """dotmailer/dotmailer-magento2-extension#565: suppressed contacts were subscribed again by a sync."""
    ann = person(email="ann@example.org")
    suppression.suppress(
        actor=actor, channel="email", address="ann@example.org", reason="unsubscribed", source="t"
    )
    grant(ann)
    assert refusal(ann, "ann@example.org") == "suppressed"


def test_a_suppression_is_about_the_address_and_not_the_person(actor: Any, person: Any) -> None:
    """MicrosoftDocs/dynamics-365-customer-engagement#3114: after a typo is corrected the contact is reachable."""
    ann = person(email="ann@example.org")
    suppression.suppress(
        actor=actor, channel="email", address="anm@example.org", reason="bounced", source="t"
    )
    grant(ann)
    assert (refusal(ann, "anm@example.org"), refusal(ann, "ann@example.org")) == ("suppressed", "")


@pytest.mark.parametrize("flag", ["1", "true", "TRUE", "yes", "x", "bounced"])
def test_whatever_a_list_of_opt_outs_says_beside_the_address_it_counts(actor: Any, flag: str) -> None:
    """mautic/mautic#324, #1543 and pull request 1627: flags of an imported list set no do-not-contact."""
    rows = opt_out_files.rows_of(f"email,doNotEmail,status\nann@example.org,{flag},{flag}")
    assert opt_out_files.take(actor=actor, rows=rows, source="list").added > 0
    assert queries.suppressed("email", ["ann@example.org"])


def test_a_row_without_a_valid_address_makes_nobody(actor: Any) -> None:
    """mautic/mautic#8350: contacts with invalid addresses were created when the flag was set."""
    rows = opt_out_files.rows_of("email,status\nnot-valid@address,unsubscribed")
    outcome = opt_out_files.take(actor=actor, rows=rows, source="list")
    assert ([number for number, _why in outcome.refused], Person.objects.count()) == ([2], 0)
    assert not Suppression.objects.exists()


def test_a_merge_of_who_agreed_with_who_withdrew_sends_nothing(live: Any, person: Any) -> None:
    """mautic/mautic#5495: after a merge somebody received what they had never subscribed to."""
    ann, shade = person(email="ann@example.org"), person(email="shade@example.org")
    grant(ann)
    left = {
        "type": "track",
        "event": "Unsubscribed",
        "userId": "user-2",
        "properties": {"purpose": "newsletter"},
    }
    live.ingest([left])
    live.ingest([{"type": "alias", "userId": "user-1", "previousId": "user-2"}])
    shade.refresh_from_db()
    survivor = Person.objects.get(merged_into=None, pk__in=[ann.pk, shade.pk])
    assert (
        Consent.objects.get(person=survivor, purpose__key="newsletter", channel="email").state == "withdrawn"
    )


def test_changing_how_often_unsubscribes_nobody(client: Any, person: Any) -> None:
    """wpsharks/s2member#459: saving a profile ended the subscription."""
    ann = person(email="ann@example.org")
    grant(ann)
    before = ConsentRecord.objects.count()
    client.post(address(ann), {"what": "rhythm", "frequency": "month", "language": "de"})
    client.post(address(ann), {"what": "export"})
    assert (state(ann), ConsentRecord.objects.count()) == ("granted", before)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_scanners_and_prefetching_change_nothing(client: Any, person: Any, method: str) -> None:
    """mautic/mautic#14916 and #16263, hizzle-co/noptin#954: HEAD, scanners and prefetching unsubscribed people."""
    ann = person(email="ann@example.org")
    grant(ann)
    getattr(client, method)(address(ann) + "?nothing=1&what=topics")
    assert state(ann) == "granted"


def test_what_is_on_the_list_is_in_its_export_and_comes_back_with_it(actor: Any, person: Any) -> None:
    """mautic/mautic#11679: the export dropped do-not-contact, and an import mailed those who had opted out."""
    ann = person(email="ann@example.org")
    grant(ann)
    preferences.choose(person_id=ann.pk, wanted=set(), nothing=True)
    suppression.suppress(
        actor=actor, channel="email", address="bob@example.org", reason="complained", source="t"
    )
    exported = "".join(opt_out_files.export())
    Suppression.objects.all().delete()
    opt_out_files.take(actor=actor, rows=opt_out_files.rows_of(exported), source="export")
    assert queries.suppressed("email", ["bob@example.org"])
    newcomer = person(email="ann@example.org")
    grant(newcomer, evidence={"public_key": True})
    assert refusal(newcomer, "ann@example.org") == "address_withdrawn"


def test_saving_the_page_renews_what_ends_soon_and_nothing_else(person: Any) -> None:
    """A re-permission leads to the preference page: who leaves the switch on has agreed anew."""
    ann = person(email="ann@example.org")
    now = dt.datetime.now(dt.UTC)
    Purpose.objects.filter(key="newsletter").update(valid_for_days=365)
    for purpose, days in (("newsletter", 20), ("offers", 300)):
        grant(ann, purpose, evidence={"expires_at": (now + dt.timedelta(days=days)).isoformat()})
    clock = VirtualClock(now + dt.timedelta(hours=1))
    assert (
        preferences.choose(person_id=ann.pk, wanted={"newsletter/email", "offers/email"}, clock=clock).changed
        == 1
    )
    renewed = Consent.objects.get(person=ann, purpose__key="newsletter")
    assert renewed.expires_at
    assert renewed.expires_at > now + dt.timedelta(days=360)
