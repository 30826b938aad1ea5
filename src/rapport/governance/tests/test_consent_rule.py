"""The consent rule in SQL says what the law's words say."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pytest
from django.db import connection

from rapport.core.crypto import address_hash
from rapport.governance import queries
from rapport.governance.consent_rule import consent_rule, is_marketing
from rapport.governance.models import Consent, ConsentRecord, ContactPreference, Purpose, Suppression
from rapport.people.models import Person

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 6, 10, tzinfo=dt.UTC)
ADDRESS_HASH = address_hash("email", "ada@example.org")
BASES = Purpose.Basis.values
STATES = (None, "granted", "withdrawn", "pending", "expired")
STOPS = (None, "unsubscribed", "bounced", "complained", "erased", "manual")


def by_the_words(basis: str, state: str | None, stop: str | None) -> str:
    """The rule as a lawyer would say it."""
    may_refuse = basis in {"consent", "legitimate_interest"}
    if stop and (may_refuse or stop != "unsubscribed"):
        return "suppressed"
    if may_refuse and state == "withdrawn":
        return "withdrawn"
    if basis == "consent" and state == "expired":
        return "expired"
    return "no_consent" if basis == "consent" and state != "granted" else ""


@pytest.fixture
def ada(person: Any) -> Person:
    new: Person = person()
    return new


def ask(person: Person, purpose: Purpose, channel: str = "email", hashed: str = ADDRESS_HASH) -> str:
    rule = consent_rule(
        person="t.person",
        purpose="%(purpose)s",
        channel="%(channel)s",
        address_hash="%(hash)s",
        now="%(now)s",
    )
    values = {"person": person.pk, "purpose": purpose.pk, "channel": channel, "hash": hashed, "now": AT}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rule.refusal} FROM (SELECT %(person)s::uuid AS person) t {rule.joins}", values
        )
        ((refusal,),) = cursor.fetchall()
    return str(refusal)


def say(
    person: Person,
    purpose: Purpose,
    state: str,
    channel: str = "email",
    ends: dt.datetime | None = None,
    **line: Any,
) -> None:
    stated = {"person": person, "purpose": purpose, "channel": channel, "state": state, "at": AT}
    record = ConsentRecord.objects.create(**stated, source="form", actor="test", **line)
    Consent.objects.create(**stated, record=record, expires_at=ends)


@pytest.mark.parametrize(("basis", "state", "stop"), list(itertools.product(BASES, STATES, STOPS)))
def test_every_case_by_the_words(ada: Person, basis: str, state: str | None, stop: str | None) -> None:
    purpose = Purpose.objects.create(key="p", name="P", basis=basis)
    if state:
        say(ada, purpose, state)
    if stop:
        Suppression.objects.create(channel="email", address_hash=ADDRESS_HASH, reason=stop)
    assert ask(ada, purpose) == by_the_words(basis, state, stop)


def test_consent_on_one_channel_is_none_on_another(ada: Person) -> None:
    purpose = Purpose.objects.create(key="p", name="P")
    say(ada, purpose, "granted", channel="sms")
    assert (ask(ada, purpose, "sms"), ask(ada, purpose, "email")) == ("", "no_consent")


def test_a_suppressed_address_says_nothing_of_another(ada: Person) -> None:
    purpose = Purpose.objects.create(key="p", name="P", basis="contract")
    Suppression.objects.create(channel="email", address_hash=ADDRESS_HASH, reason="bounced")
    assert ask(ada, purpose, hashed=address_hash("email", "bob@example.org")) == ""


def test_what_a_person_allows_is_the_same_rule(ada: Person) -> None:
    news = Purpose.objects.create(key="news", name="News")
    tips = Purpose.objects.create(key="tips", name="Tips", basis="legitimate_interest")
    say(ada, news, "granted")
    say(ada, tips, "withdrawn")
    allowed = queries.allowed(ada.pk, ["email", "sms"])
    assert {(news.pk, "email"), (tips.pk, "sms")} == {key for key in allowed if key[0] in {news.pk, tips.pk}}


@pytest.mark.parametrize("basis", BASES)
def test_marketing_in_sql_is_marketing_in_python(basis: str) -> None:
    purpose = Purpose.objects.create(key="p", name="P", basis=basis)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {is_marketing('%s')}", [purpose.pk])
        assert cursor.fetchone() == (purpose.is_marketing,)


def test_a_consent_counts_until_its_end_and_not_at_it(ada: Person) -> None:
    for key, ends, refusal in (("a", AT, "expired"), ("b", AT + dt.timedelta(seconds=1), "")):
        purpose = Purpose.objects.create(key=key, name=key)
        say(ada, purpose, "granted", ends=ends)
        assert ask(ada, purpose) == refusal


def test_a_pause_holds_for_what_may_be_refused_until_it_ends(ada: Person) -> None:
    paused = ContactPreference.objects.create(person=ada, paused_until=AT + dt.timedelta(seconds=1))
    asked_for = {basis: Purpose.objects.create(key=basis, name="P", basis=basis) for basis in BASES}
    say(ada, asked_for["consent"], "granted")
    answers = {basis: ask(ada, purpose) for basis, purpose in asked_for.items()}
    assert answers == dict.fromkeys(BASES, "") | {"consent": "paused", "legitimate_interest": "paused"}
    paused.paused_until = AT
    paused.save()
    assert not any(ask(ada, purpose) for purpose in asked_for.values())


@pytest.mark.parametrize(("countries", "country", "refusal"), [
    (["GB"], "GB", ""), (["GB"], "US", "no_consent"), ([], "GB", "no_consent"), (["GB"], None, "no_consent")
])  # fmt: skip
def test_a_soft_opt_in_counts_where_the_purpose_allows_it(
    ada: Person, countries: list[str], country: str | None, refusal: str
) -> None:
    purpose = Purpose.objects.create(key="p", name="P", soft_opt_in_countries=countries)
    say(ada, purpose, "granted", basis="soft_opt_in", evidence={"country": country} if country else {})
    assert ask(ada, purpose) == refusal
