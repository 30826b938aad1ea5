"""Permissions and roles: the registry, union and reach, custom roles, keys with scopes, nobody beyond their own."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from rapport.core import access
from rapport.core.clock import SYSTEM
from rapport.core.models import AuditEntry, Role, User
from rapport.core.permissions import (
    EVERYTHING,
    PERMISSIONS,
    ROLES,
    Reach,
    UnknownPermission,
    exceeding,
    grants_of_role,
    intersection,
    union,
)
from rapport.core.registration import RegistrationError
from rapport.core.services import keys, roles, users

GRANTS = st.dictionaries(st.sampled_from(["people.view", "people.edit", "keys.edit"]), st.sampled_from(Reach))


def test_a_permission_that_no_app_registers_fails_loudly(actor):
    with pytest.raises(UnknownPermission, match="poeple"):
        actor.require("poeple.view")


def test_a_permission_is_registered_once():
    with pytest.raises(RegistrationError), PERMISSIONS.temporarily(PERMISSIONS["people.view"]):
        raise AssertionError("never reached")


def test_a_new_permission_reaches_its_default_roles_and_the_owner(db):
    entry = PERMISSIONS["people.view"]
    with PERMISSIONS.temporarily(type(entry)("deals.view", "See deals", "deals", "Sales", ("agent",))):
        roles.keep_built_in()
        holders = {role.key for role in Role.objects.all() if "deals.view" in role.grants}
    assert holders == {"agent", "owner"}


@pytest.mark.django_db
def test_every_installation_has_the_built_in_roles():
    assert {role.key: set(role.grants) for role in Role.objects.all()} == {
        name: set(grants_of_role(name)) for name in ROLES
    }


@given(st.lists(GRANTS, max_size=4))
def test_the_union_of_roles_is_the_widest_of_each(many):
    total = union(many)
    for name in total:
        assert total[name].width == max(grants[name].width for grants in many if name in grants)
    assert all(not exceeding(grants, total) for grants in many)


@given(GRANTS, GRANTS)
def test_the_intersection_exceeds_neither(first, other):
    both = intersection(first, other)
    assert not exceeding(both, first)
    assert not exceeding(both, other)


@pytest.mark.django_db
def test_several_roles_add_up_in_one_query(actor, django_assert_num_queries):
    roles.create_role(actor=actor, name="Sales", grants={"people.view": "own", "people.erase": "team"})
    user = User.objects.create_user("sam@example.org", roles=["sales", "viewer"])
    with django_assert_num_queries(1):
        sam = access.for_user(user)
    assert sam.reach("people.view") is Reach.ALL
    assert sam.reach("people.erase") is Reach.TEAM
    assert not sam.may("keys.edit")


@pytest.mark.django_db
def test_who_has_no_role_or_is_switched_off_may_nothing(user, actor):
    assert access.for_user(User.objects.create_user("new@example.org")).grants == {}
    other = users.create_user(actor=actor, email="bob@example.org", roles=["admin"])
    users.deactivate(actor=actor, user_id=other.pk)
    assert access.for_user(other).grants == {}


@pytest.mark.django_db
def test_built_in_roles_cannot_be_changed_or_deleted(actor):
    for attempt in (
        lambda: roles.change_role(actor=actor, key="owner", name="Boss", grants={}),
        lambda: roles.delete_role(actor=actor, key="viewer"),
    ):
        with pytest.raises(ValidationError, match="built-in"):
            attempt()


@pytest.mark.django_db
def test_nobody_makes_or_gives_a_role_beyond_their_own_rights(actor, actor_in_role):
    admin = actor_in_role("admin")
    with pytest.raises(PermissionDenied, match=r"owners\.edit"):
        roles.create_role(actor=admin, name="Boss", grants={"owners.edit": "all"})
    boss = roles.create_role(actor=actor, name="Boss", grants={"owners.edit": "all"})
    user = User.objects.create_user("bob@example.org", roles=["viewer"])
    with pytest.raises(PermissionDenied):
        users.change_roles(actor=admin, user_id=user.pk, roles=["viewer", boss.key])
    with pytest.raises(PermissionDenied):
        roles.change_role(actor=admin, key=boss.key, name="Boss", grants={})


@pytest.mark.django_db
def test_a_narrow_reach_cannot_be_widened_for_others(actor):
    narrow = access.Actor("user", "3", "sam", {"users.edit": Reach.ALL, "people.view": Reach.TEAM}, 3)
    with pytest.raises(PermissionDenied):
        roles.create_role(actor=narrow, name="Wide", grants={"people.view": "all"})
    assert roles.create_role(actor=narrow, name="Narrow", grants={"people.view": "own"}).key == "narrow"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "grants", [{"people.fly": "all"}, {"people.view": "some"}, {"keys.edit": "own"}], ids=str
)
def test_a_role_of_what_does_not_exist_is_refused(actor, grants):
    with pytest.raises(ValidationError):
        roles.create_role(actor=actor, name="Odd", grants=grants)


@pytest.mark.django_db
def test_a_role_somebody_has_stays_and_leaves_audit_lines(actor):
    role = roles.create_role(actor=actor, name="Sales", grants={"people.view": "own"})
    user = User.objects.create_user("sam@example.org", roles=[role.key])
    with pytest.raises(ValidationError, match="in use"):
        roles.delete_role(actor=actor, key=role.key)
    users.change_roles(actor=actor, user_id=user.pk, roles=["viewer"])
    roles.delete_role(actor=actor, key=role.key)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["role.created", "user.roles_changed", "role.deleted"]


@pytest.mark.django_db
def test_a_key_has_its_scopes_and_no_more(actor):
    key, _ = keys.create(actor=actor, name="till", scopes=["people.view:own", "segments.view"])
    assert access.for_key(key).grants == {"people.view": Reach.OWN, "segments.view": Reach.ALL}
    with pytest.raises(ValidationError):
        keys.create(actor=actor, name="nothing")
    with pytest.raises(ValidationError):
        keys.create(actor=actor, name="odd", scopes=["people.fly"])


@pytest.mark.django_db
def test_a_key_never_does_more_than_its_maker_may_now(user, actor):
    maker = User.objects.create_user("bob@example.org", roles=["admin"])
    key, _ = keys.create(actor=access.for_user(maker), name="till", role="admin")
    users.change_roles(actor=actor, user_id=maker.pk, roles=["viewer"])
    assert access.for_key(key).grants == grants_of_role("viewer")
    users.deactivate(actor=actor, user_id=maker.pk)
    assert access.for_key(key).grants == {}


@pytest.mark.django_db
def test_a_key_expires(actor):
    now = SYSTEM.now()
    _key, secret = keys.create(
        actor=actor, name="till", role="viewer", expires_at=now + dt.timedelta(seconds=60)
    )
    assert keys.authenticate(secret) is not None

    class Later:
        def now(self):
            return now + dt.timedelta(seconds=61)

    assert keys.authenticate(secret, Later()) is None
    with pytest.raises(ValidationError):
        keys.create(actor=actor, name="till", role="viewer", expires_at=now - dt.timedelta(days=1))


def test_a_role_is_made_as_a_copy_and_changed_on_its_page(page):
    assert b"Copy of Agent" in page.get("/settings/roles/new/?copy=agent").content
    answer = page.post(
        "/settings/roles/new/", {"name": "Sales", "grant:people.view": "own", "grant:segments.view": "on"}
    )
    assert answer.status_code == 302
    assert Role.objects.get(key="sales").grants == {"people.view": "own", "segments.view": "all"}
    page.post("/settings/roles/sales/", {"name": "Sales team", "grant:people.view": "team"})
    role = Role.objects.get(key="sales")
    assert (role.name, role.grants) == ("Sales team", {"people.view": "team"})
    assert page.post("/settings/roles/new/", {"name": "sales TEAM"}).status_code == 422
    page.post("/settings/roles/sales/deletion/")
    assert not Role.objects.filter(key="sales").exists()


def test_the_page_of_a_built_in_role_offers_a_copy_only(page):
    shown = page.get("/settings/roles/owner/").content.decode()
    assert "Copy" in shown
    assert "Save role" not in shown


def test_a_user_gets_several_roles_on_their_page(page, user):
    other = User.objects.create_user("bob@example.org", roles=["viewer"])
    page.post(f"/settings/users/{other.pk}/roles/", {"roles": ["agent", "analyst"]})
    assert sorted(other.roles.values_list("key", flat=True)) == ["agent", "analyst"]
    answer = page.post(f"/settings/users/{user.pk}/roles/", {"roles": ["agent"]})
    assert answer.status_code == 422
    assert b"last active owner" in answer.content


def test_the_owner_has_everything():
    assert grants_of_role("owner") == dict(EVERYTHING)


@pytest.fixture
def call(db, client, actor):
    """`call("GET", "/roles")` with the key of an owner: (status, JSON)."""
    _key, secret = keys.create(actor=actor, name="x", role="owner")
    headers = {"authorization": f"Bearer {secret}"}

    def make(method, path, body=None):
        answer = client.generic(
            method, f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers
        )
        return answer.status_code, json.loads(answer.content) if answer.content else None

    return make


def test_roles_over_rest(call):
    assert {entry["name"] for entry in call("GET", "/permissions")[1]} == set(EVERYTHING)
    assert call("POST", "/roles", {"name": "Own", "grants": {"people.view": "own"}})[1]["key"] == "own"
    assert call("PUT", "/roles/own", {"name": "Mine", "grants": {}})[1]["grants"] == {}
    assert call("PUT", "/roles/owner", {"name": "Mine", "grants": {}})[0] == 422
    assert call("POST", "/roles", {"name": "Odd", "grants": {"people.fly": "all"}})[0] == 422
    assert [role["key"] for role in call("GET", "/roles")[1]] == [*ROLES, "own"]
    assert call("DELETE", "/roles/own")[0] == 204
    assert call("DELETE", "/roles/own")[0] == 404


def test_teams_and_users_roles_over_rest(call, user):
    team = call("POST", "/teams", {"name": "North", "members": [user.pk]})[1]
    assert call("PUT", f"/teams/{team['id']}", {"name": "South"})[1]["members"] == []
    assert [row["name"] for row in call("GET", "/teams")[1]] == ["South"]
    assert call("DELETE", f"/teams/{team['id']}")[0] == 204
    assert call("PUT", f"/users/{user.pk}/roles", {"roles": ["viewer"]})[0] == 422
    changed = call("PUT", f"/users/{user.pk}/roles", {"roles": ["owner", "agent"]})[1]
    assert sorted(changed["roles"]) == ["agent", "owner"]
    assert call("GET", "/users")[1][0]["email"] == user.email


def test_keys_over_rest(call):
    key = call("POST", "/keys", {"name": "Till", "scopes": ["people.view:own"]})[1]
    assert keys.authenticate(key["secret"]).grants == {"people.view": "own"}
    assert "secret" not in call("GET", "/keys")[1][0]
    assert call("DELETE", f"/keys/{key['id']}")[0] == 204
    assert keys.authenticate(key["secret"]) is None
