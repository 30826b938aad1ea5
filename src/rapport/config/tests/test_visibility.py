"""Who sees whom: for each reach and each way in, a person outside of it never appears, and is not found by id."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from rapport.core.access import for_user
from rapport.core.models import Role, Team, User, Workspace
from rapport.core.permissions import PERMISSIONS
from rapport.core.services import keys
from rapport.people.models import Company, CompanyMember, Person, Relationship
from rapport.segments.models import Membership, Segment

pytestmark = pytest.mark.django_db
NAMES = ("Custom Own", "Custom Team", "Custom Other", "Custom Free")
SEEN = {
    ("own", True): {"Custom Own", "Custom Free"},
    ("own", False): {"Custom Own"},
    ("team", True): {"Custom Own", "Custom Team", "Custom Free"},
    ("team", False): {"Custom Own", "Custom Team"},
    ("all", True): set(NAMES),
    ("all", False): set(NAMES),
}


class World:
    """Four persons, one of each kind of owner, in one segment and one company, seen by Sam with some reach."""

    def __init__(self, client, live, reach, unowned):
        Workspace.objects.create(unowned_for_all=unowned)
        # The reach of people's permissions; everything else for all.
        grants = {p.name: reach if p.has_reach else "all" for p in PERMISSIONS}
        Role.objects.create(key="sales", name="Sales", grants=grants)
        team, others = (Team.objects.create(name=name) for name in ("North", "South"))
        self.sam = User.objects.create_user("sam@example.org", roles=["sales"])
        self.sam.teams.set([team])
        other = User.objects.create_user("other@example.org", roles=["viewer"])
        who = [{"type": "identify", "userId": name, "traits": {"name": name}} for name in NAMES]
        what = [
            {"type": "track", "userId": name, "event": "Coffee Brewed", "messageId": f"brew-{name}"}
            for name in NAMES
        ]
        live.ingest([*who, *what])
        self.persons = {name: Person.objects.get(name=name) for name in NAMES}
        for name, owner in (("Custom Own", self.sam), ("Custom Other", other)):
            Person.objects.filter(name=name).update(owner=owner)
        Person.objects.filter(name="Custom Team").update(team=team)
        Person.objects.filter(name="Custom Other").update(team=others)
        self.segment = Segment.objects.create(
            name="Everybody", key="everybody", kind="rules", definition={"all": []}
        )
        now = self.persons["Custom Own"].first_seen_at
        own = self.persons["Custom Own"]
        self.company = Company.objects.create(id=own.pk, group_id="acme", name="Acme", owner=self.sam)
        for person in self.persons.values():
            Membership.objects.create(
                segment=self.segment, person=person, entered_at=now, definition_version=1
            )
            CompanyMember.objects.create(company=self.company, person=person, since=now)
            if person != own:
                Relationship.objects.create(type="parent", person=person, other_person=own)
        key, self.secret = keys.create(actor=for_user(self.sam), name="Sam's", scopes=self.scopes(reach))
        assert key.created_by == self.sam
        self.client = client
        client.force_login(self.sam)

    @staticmethod
    def scopes(reach):
        return [f"{p.name}:{reach}" if p.has_reach else p.name for p in PERMISSIONS]

    def page(self, path):
        answer = self.client.get(path)
        content = b"".join(answer) if answer.streaming else answer.content
        return answer.status_code, content.decode()

    def api(self, path):
        answer = self.client.get(f"/api/v1{path}", headers={"authorization": f"Bearer {self.secret}"})
        return answer.status_code, json.dumps(answer.json())


@pytest.fixture(params=SEEN, ids=lambda case: f"{case[0]}-{'everybodys' if case[1] else 'nobodys'}")
def world(request, client, live, clickhouse):
    new_world = World(client, live, *request.param)
    new_world.seen = SEEN[request.param]
    return new_world


LISTS = {
    "list": ("page", "/people/"),
    "list searched": ("page", "/people/?q=Custom"),
    "table as CSV": ("page", "/people/?export=csv"),
    "palette": ("page", "/search/?q=Custom"),
    "lookup": ("page", "/people/lookup/?find=Custom"),
    "company members": ("page", "/people/companies/{company}/members/"),
    "company timeline": ("page", "/data/companies/{company}/timeline/"),
    "relationships": ("page", "/people/{own}/relationships/"),
    "segment": ("page", "/segments/everybody/"),
    "live events": ("page", "/data/events/"),
    "API list": ("api", "/people"),
    "API search": ("api", "/people?search=Custom"),
    "API events": ("api", "/events"),
    "API segment members": ("api", "/segments/everybody/members"),
    "API company members": ("api", "/companies/{company}/members"),
}
PANELS = (
    "people:profile",
    "people:history",
    "people:origin",
    "people:relationships",
    "people:merge_choose",
    "events:person_timeline",
    "events:activities",
    "governance:person_consents",
    "governance:person_privacy",
    "segments:person",
    "messaging:person",
    "commerce:person-orders",
    "promotions:person",
    "loyalty:person",
    "connectors:person",
)
ROUTES = ("", "/events", "/consents", "/relationships", "/activities", "/trait-history", "/merges")


def test_lists_counts_and_exports_hold_exactly_who_may_be_seen(world):
    own = world.persons["Custom Own"].pk
    wrong = {}
    for entry, (kind, path) in LISTS.items():
        status, text = getattr(world, kind)(path.format(company=world.company.pk, own=own))
        shown = {name for name in NAMES if name in text or str(world.persons[name].pk) in text}
        if (status, shown) != (200, world.seen):
            wrong[entry] = (status, shown)
    assert wrong == {}
    assert world.client.get("/people/").context["count"] == len(world.seen)


def test_by_its_id_an_invisible_person_is_not_found(world):
    wrong = {}
    for name, person in world.persons.items():
        pages = {panel: world.page(reverse(panel, args=[person.pk]))[0] for panel in PANELS}
        event = reverse("events:event", args=[person.pk, f"brew-{name}"])
        pages["event"] = world.page(event)[0]
        routes = {route: world.api(f"/people/{person.pk}{route}")[0] for route in ROUTES}
        routes["why"] = world.api(f"/segments/everybody/why/{person.pk}")[0]
        expected = 200 if name in world.seen else 404
        wrong |= {(name, at): status for at, status in (pages | routes).items() if status != expected}
    assert wrong == {}
