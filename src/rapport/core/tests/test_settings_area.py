"""The settings area: who sees which page, users, keys, and the last owner."""

from __future__ import annotations

import re

import pytest

from rapport.core import access
from rapport.core.forms.settings import WorkspaceForm
from rapport.core.models import ApiKey, AuditEntry, User
from rapport.core.permissions import ROLES, grants_of_role
from rapport.core.registry import NAVIGATION
from rapport.core.services import keys, users

pytestmark = pytest.mark.django_db
PAGES = {
    "/settings/profile/": "",
    "/settings/business/": "settings.view",
    "/settings/users/": "users.edit",
    "/settings/users/new/": "users.edit",
    "/settings/roles/": "users.edit",
    "/settings/roles/new/": "users.edit",
    "/settings/roles/viewer/": "users.edit",
    "/settings/keys/": "keys.edit",
    "/settings/audit/": "audit.view",
}


@pytest.fixture
def signed_in(client):
    def make(role):
        client.force_login(
            User.objects.create_user(f"{role}@example.org", "correct horse battery", roles=[role])
        )
        return client

    return make


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", PAGES)
def test_a_role_sees_exactly_its_pages(signed_in, path, role):
    may = not PAGES[path] or PAGES[path] in grants_of_role(role)
    answer = signed_in(role).get(path)
    assert answer.status_code == 200 if may else answer.status_code in {403, 404}
    if may:
        assert b'style="' not in answer.content


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_settings_without_signing_in(client, path):
    assert client.get(path)["Location"].startswith("/account/login/")


def test_the_first_page_is_ones_own_profile(page):
    assert page.get("/settings/")["Location"] == "/settings/profile/"


def test_the_profile_is_saved_and_the_page_speaks_its_language(page, user):
    page.post(
        "/settings/profile/", {"name": "Ada L", "time_zone": "Europe/Berlin", "locale": "de", "theme": "dark"}
    )
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.theme) == ("Ada L", "Europe/Berlin", "dark")
    assert b'lang="de"' in page.get("/settings/profile/").content


def test_the_business_is_changed_with_an_audit_line(page):
    posted = {"name": "Gifts", "time_zone": "Europe/London", "country": "GB", "currency": "EUR"}
    assert page.post("/settings/business/", posted).status_code == 302
    assert AuditEntry.objects.get(action="workspace.changed").data["currency"] == "EUR"


def test_a_wrong_currency_is_told_next_to_its_field(page):
    answer = page.post(
        "/settings/business/", {"name": "Gifts", "time_zone": "UTC", "country": "GB", "currency": "eu1"}
    )
    assert answer.status_code == 422
    assert b"eu1 is not one of the available choices" in answer.content


def test_countries_and_currencies_are_chosen_by_name_and_what_is_stored_stays():
    form = WorkspaceForm(None, initial={"country": "GB", "currency": "XTS"})
    assert '<option value="GB" selected>United Kingdom</option>' in str(form["country"])
    assert 'value="EU"' not in str(form["country"])
    assert '<option value="XTS" selected>XTS</option>' in str(form["currency"])
    assert "GBP – British Pound" in str(form["currency"])


def test_an_invited_user_sets_his_password_once(page, client):
    shown = page.post("/settings/users/new/", {"email": "bob@example.org", "roles": ["agent"]})
    link = re.search(r'value="https?://[^/"]+(/[^"]+)"', shown.content.decode()).group(1)
    page.logout()
    form = client.get(link, follow=True)
    passwords = {"password1": "long and winding 7", "password2": "long and winding 7"}
    client.post(form.redirect_chain[-1][0], passwords)
    assert User.objects.get(email="bob@example.org").check_password("long and winding 7")
    client.session.flush()
    assert b"no longer works" in client.get(link, follow=True).content


def test_the_same_address_is_not_invited_twice(page, user):
    answer = page.post("/settings/users/new/", {"email": "ADA@example.org", "roles": ["agent"]})
    assert answer.status_code == 422


def test_the_last_owner_cannot_be_demoted_or_deactivated(actor, user):
    with pytest.raises(users.LastOwner):
        users.change_roles(actor=actor, user_id=user.pk, roles=["admin"])
    with pytest.raises(users.LastOwner):
        users.deactivate(actor=actor, user_id=user.pk)


def test_one_of_two_owners_can_go(actor, user):
    users.create_user(actor=actor, email="bob@example.org", roles=["owner"])
    changed = users.change_roles(actor=actor, user_id=user.pk, roles=["admin"])
    assert [role.key for role in changed.roles.all()] == ["admin"]


def test_only_owners_touch_owners(actor_in_role, user):
    admin = actor_in_role("admin")
    for attempt in (
        lambda: users.create_user(actor=admin, email="bob@example.org", roles=["owner"]),
        lambda: users.change_roles(actor=admin, user_id=user.pk, roles=["viewer"]),
        lambda: users.deactivate(actor=admin, user_id=user.pk),
        lambda: users.password_link(actor=admin, user_id=user.pk),
    ):
        with pytest.raises(access.PermissionDenied):
            attempt()


def test_a_deactivated_user_is_out_at_once(signed_in, actor):
    browser = signed_in("agent")
    users.deactivate(actor=actor, user_id=User.objects.get(roles="agent").pk)
    assert browser.get("/settings/profile/").status_code == 302


def test_a_key_is_shown_once_and_only_its_digest_is_kept(page):
    shown = page.post("/settings/keys/", {"name": "till", "role": "viewer"}).content.decode()
    secret = re.search(r'value="(rk_[^"]+)"', shown).group(1)
    assert keys.authenticate(secret).name == "till"
    assert secret not in page.get("/settings/keys/").content.decode()
    assert secret not in str(ApiKey.objects.values())


def test_a_revoked_key_no_longer_works(page, actor):
    key, secret = keys.create(actor=actor, name="till", role="viewer")
    page.post(f"/settings/keys/{key.pk}/revocation/")
    assert keys.authenticate(secret) is None


def test_nobody_gives_a_key_more_than_he_may(actor_in_role):
    with pytest.raises(access.PermissionDenied):
        keys.create(actor=actor_in_role("admin"), name="till", role="owner")


def test_the_audit_log_is_searched(page, actor):
    keys.create(actor=actor, name="till", role="viewer")
    assert b"Created the API key till" in page.get("/settings/audit/?q=created the api").content
    assert b"Created the API key till" not in page.get("/settings/audit/?q=nothing").content


def lit(answer) -> list[str]:
    """What the left rail shows as the place one is at."""
    return [entry.name for entry in answer.context["nav"] if entry.active]


@pytest.mark.parametrize(
    "path",
    ["/people/identity/", "/duplicates/settings/", "/traits/computed/", "/lifecycle/stages/new/"],
)
def test_a_settings_page_lights_settings_wherever_its_address_lies(signed_in, path):
    assert lit(signed_in("owner").get(path)) == ["settings"]


def test_other_pages_light_their_room(signed_in):
    client = signed_in("owner")
    assert [lit(client.get(path)) for path in ("/people/", "/people/companies/")] == [
        ["people"],
        ["companies"],
    ]


def test_the_rail_opens_the_group_one_is_in_and_shows_a_lone_entry_without_one(signed_in):
    def behind(answer, name):
        row = next(row for row in answer.context["rail"] if row.link.name == name)
        return row.is_open, [link.name for link in row.links]

    client = signed_in("owner")
    shown = client.get("/templates/")
    is_open, names = behind(shown, "campaigns")
    assert (is_open, {"templates", "web-forms", "experiments"} <= set(names)) == (True, True)
    assert behind(shown, "commerce")[0] is False
    assert lit(shown) == ["templates"]
    assert len(shown.context["rail"]) < 15
    commerce = NAVIGATION["orders"]
    with NAVIGATION.temporarily(commerce, alone=True):
        assert [row.link.name for row in client.get("/people/").context["rail"]] == ["orders"]


def test_settings_pages_can_be_found_by_the_search_of_everything(signed_in):
    assert "/people/identity/" in signed_in("owner").get("/search/?q=identity").content.decode()
