"""Reach that cannot be got round: through merged ids, identifiers, lists about people, imports and links."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from rapport.commerce.models import Order
from rapport.commerce.queries import orders
from rapport.commerce.services.orders import projection
from rapport.core.access import for_user
from rapport.core.clock import SYSTEM
from rapport.core.models import Role, User
from rapport.core.permissions import PERMISSIONS
from rapport.events.services.activities import Details, log_activity
from rapport.governance.services import erasure
from rapport.people.models import Company, Identifier, Person
from rapport.people.services import bulk, company_edits, company_merging, merging, profile
from rapport.quality.models import QualityFinding, QualityRun
from rapport.segments.models import Membership, Segment
from rapport.transfers.exports import queries as exports
from rapport.transfers.exports.services import exporting
from rapport.transfers.feeds.queries import webhooks as feeds
from rapport.transfers.feeds.services import webhooks
from rapport.transfers.imports import queries as imports
from rapport.transfers.imports.services import steps
from rapport.transfers.models import Import

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(db):
    """Sam sees everybody, and changes, exports and erases only his own and what is nobody's."""
    grants = {p.name: "own" if p.has_reach else "all" for p in PERMISSIONS} | {"people.view": "all"}
    Role.objects.create(key="sales", name="Sales", grants=grants)
    return User.objects.create_user("sam@example.org", roles=["sales"])


@pytest.fixture
def theirs(person):
    """Somebody else's person."""
    record = person(name="Their Own", email="their@example.org")
    Person.objects.filter(pk=record.pk).update(owner=User.objects.create_user("other@example.org"))
    return record


@pytest.fixture
def swallowed(person, theirs, actor):
    """Nobody's record that became part of somebody else's person."""
    part = person(name="Part", email="part@example.org")
    merging.merge_people(actor=actor, survivor_id=theirs.pk, absorbed_id=part.pk, rule="by hand")
    Person.objects.filter(pk=part.pk).update(owner=None, team=None)
    return part


def test_a_merged_id_is_no_way_to_whom_it_belongs_now(sam, swallowed, theirs, clickhouse):
    sam, note = for_user(sam), Details(at=SYSTEM.now(), text="Hello")
    with pytest.raises(PermissionDenied):
        log_activity(actor=sam, person_id=swallowed.pk, kind="note", details=note)
    with pytest.raises(PermissionDenied):
        erasure.export(actor=sam, person_id=swallowed.pk)
    with pytest.raises(PermissionDenied):
        erasure.erase(actor=sam, person_id=swallowed.pk)
    theirs.refresh_from_db()
    assert theirs.erased_at is None


@pytest.fixture
def own_person(person, sam):
    """Sam's own, known for longer than anybody else."""
    record = person(name="Mine", email="mine@example.org")
    Person.objects.filter(pk=record.pk).update(owner=sam)
    return record


def test_identifiers_join_nobody_else_s_person_to_one_s_own(sam, own_person, theirs, live):
    named = [("email", "mine@example.org"), ("phone", "+442079460001")]
    Identifier.objects.create(type="phone", value="+442079460001", person=theirs, first_seen_at=SYSTEM.now())
    with pytest.raises(PermissionDenied):
        profile.create_person(actor=for_user(sam), identifiers=named, traits={}, source="test")
    assert Person.objects.filter(pk__in=[own_person.pk, theirs.pk], merged_into=None).count() == 2


def test_a_list_about_people_exports_whom_one_may_export(sam, own_person, theirs, client):
    everybody = Segment.objects.create(name="All", key="all", kind="rules", definition={"all": []})
    for member in (own_person, theirs):
        Membership.objects.create(
            segment=everybody, person=member, entered_at=SYSTEM.now(), definition_version=1
        )
    client.force_login(sam)
    answer = client.get("/segments/all/?export=csv")
    text = b"".join(answer).decode()
    assert ("mine@example.org" in text, "their@example.org" in text) == (True, False)


def test_a_likely_duplicate_is_named_only_to_who_may_see_them(sam, own_person, theirs, client):
    Role.objects.filter(key="sales").update(
        grants={p.name: "own" if p.has_reach else "all" for p in PERMISSIONS}
    )
    run = QualityRun.objects.create(state=QualityRun.State.DONE, started_at=SYSTEM.now())
    QualityFinding.objects.create(
        run=run, measure="uniqueness.duplicates", person=own_person, value=str(theirs.pk)
    )
    client.force_login(sam)
    text = client.get("/quality/measures/uniqueness.duplicates/").content.decode()
    assert ("Mine" in text, "Their Own" in text, str(theirs.pk) in text) == (True, False, False)


def test_imports_are_of_everybody(sam):
    run = Import.objects.create(name="a.csv", state=Import.State.DONE)
    assert not imports.imports(for_user(sam)).exists()
    with pytest.raises(PermissionDenied):
        steps.take(actor=for_user(sam), run=run, step="revert")


def test_exports_of_everybody_are_only_for_who_may_export_everybody(sam, actor):
    export = exporting.order(
        actor=actor, name="all", format="csv", scope={"kind": "people", "query": ""}, columns=["email"]
    )
    with pytest.raises(Http404):
        exports.export_for(for_user(sam), export.pk)


@pytest.fixture
def acme(actor):
    company = company_edits.create_company(actor=actor, name="Acme", group_id="acme")
    Company.objects.filter(pk=company.pk).update(owner=User.objects.create_user("key@example.org"))
    return company


def test_nobody_joins_people_to_a_company_beyond_their_reach(sam, acme):
    with pytest.raises(PermissionDenied):
        bulk.company_change(for_user(sam), acme.pk, "Buyer")


def test_a_company_nobody_may_see_cannot_be_named(sam, acme, person):
    Role.objects.filter(key="sales").update(
        grants={p.name: "own" if p.has_reach else "all" for p in PERMISSIONS}
    )
    sam = for_user(sam)
    note = Details(at=SYSTEM.now(), text="Hello", company_id=acme.pk)
    with pytest.raises(ValidationError):
        log_activity(actor=sam, person_id=person(name="Free").pk, kind="note", details=note)
    own = company_edits.create_company(actor=sam, name="Mine")
    for parent in (acme.pk, uuid.uuid4()):
        with pytest.raises(ValidationError):
            company_edits.set_parent(actor=sam, company=own, parent_id=parent)


def test_a_merged_company_is_no_way_to_the_one_it_is_part_of(sam, acme, actor):
    part = company_edits.create_company(actor=actor, name="Part")
    company_merging.merge_companies(actor=actor, survivor_id=acme.pk, absorbed_id=part.pk)
    own = company_edits.create_company(actor=for_user(sam), name="Mine")
    with pytest.raises(PermissionDenied):
        company_merging.merge_companies(actor=for_user(sam), survivor_id=own.pk, absorbed_id=part.pk)


def test_payloads_as_they_came_are_only_for_who_sees_everybody(sam, actor):
    webhook = webhooks.create_webhook(actor=actor, name="Shop", preset="generic")
    assert not feeds.received(for_user(sam), webhook).exists()
    Role.objects.filter(key="sales").update(grants={"data.view": "all", "people.view": "own"})
    with pytest.raises(Http404):
        feeds.received(for_user(sam), webhook)


def test_orders_are_not_seen_through_a_person_who_is(sam, theirs, live, client):
    live.ingest(
        [
            {"type": "track", "userId": "user-1", "event": name, "messageId": name, "properties": properties}
            for name, properties in (
                ("Order Completed", {"order_id": "A-1", "total": 3, "currency": "EUR"}),
                ("Subscription Started", {"subscription_id": "S-1", "plan": "Tea"}),
            )
        ]
    )
    projection.run_once()
    actor = for_user(sam)
    assert Order.objects.get().person_id == theirs.pk
    assert not orders.orders_of(actor, theirs).exists()
    assert not orders.subscriptions_of(actor, theirs).exists()
    assert orders.values_of(actor, theirs) == []
    client.force_login(sam)
    assert b"A-1" not in client.get(f"/people/{theirs.pk}/orders/").content
