"""Who may open which page: every route of the URL conf in every role, from what its view declares."""

from __future__ import annotations

import pytest

from rapport.config.tests.routes import pages
from rapport.core import access
from rapport.core.permissions import ROLES, grants_of_role
from rapport.core.services import users

# Pages without a signed-in user, by name, and why.
PUBLIC = {
    "tracker": "the script that other people's sites load",
    "analytics_js": "the same, of Segment",
    "analytics_js_bundle": "the same, of Segment",
    "core:brand-stylesheet": "the look of customers' pages",
    "core:brand-logo": "the same",
    "core:password-reset": "for those who cannot sign in",
    "core:live-stream": "answered before Django, which has nothing to say here",
    "messaging:channel-call": "a provider calls; the address names the account, and the call proves itself",
    "messaging:open": "a pixel in a mail; the token is the authority",
    "messaging:click": "a link in a mail; the token is the authority",
    "messaging:unsubscribe": "a link in a mail; the token is the authority",
    "portal:confirmation": "a link in a mail; the token is the authority",
    "portal:preferences": "a link in a mail; the token is the authority",
    "content:barcode": "a picture in a mail; the token is the authority",
    "content:image-file": "an image in mails and pages; whoever has its address sees it",
    "content:landing-public": "a page for everybody",
    "content:landing-seen": "the picture that counts its views",
    "content:landing-look": "the brand's colours on pages for everybody",
    "content:landing-sitemap": "for search engines",
    "content:web-form-page": "a form for everybody; whoever sends it acts for nobody",
    "content:web-form-script": "the script that other people's sites load",
    "promotions:gift_balance": "the code of a gift card is the authority",
    **dict.fromkeys(
        ["loyalty:card", "loyalty:card-file", "loyalty:card-google"],
        "a link to a member's card; the token is the authority",
    ),
    **dict.fromkeys(
        [
            "loyalty:apple",
            "loyalty:apple-device",
            "loyalty:apple-changed",
            "loyalty:apple-pass",
            "loyalty:apple-log",
        ],
        "telephones with a card ask; the token in the card is the authority",
    ),
    "loyalty:refer": "a member's personal link; whoever fills it in acts for nobody",
    "governance:gpc": "what auditors and browsers look for, for everybody",
    **dict.fromkeys(
        [
            "channels:push_script",
            "channels:push_worker",
            "content:on-site-script",
            "content:on-site-slot-style",
        ],
        "scripts that other people's sites load",
    ),
    **dict.fromkeys(
        [
            "channels:push_key",
            "channels:register_device",
            "channels:detach_device",
            "channels:renew_device",
            "content:on-site-decision",
            "content:on-site-slots",
            "content:on-site-report",
        ],
        "browsers and apps call; the write key of their source says what for",
    ),
    **dict.fromkeys(
        ["channels:inbox", "channels:inbox_read", "channels:inbox_click", "channels:inbox_dismiss"],
        "apps call; the user token is the authority",
    ),
    "channels:push_report": "a browser or app calls; the token in the message is the authority",
    "transfers:inbound": "other systems send here; the address is the secret",
    "transfers:export_download": "a signed link, of a user for them alone, of a key for who has it",
    **dict.fromkeys(
        [
            "demo:shop",
            "demo:shelf",
            "demo:product",
            "demo:cart",
            "demo:checkout",
            "demo:ordered",
            "demo:orders",
            "demo:order",
            "demo:wish",
            "demo:coupon",
            "demo:gift_code",
            "demo:gift_card",
            "demo:picture",
        ],
        "the demo's shop, for its customers",
    ),
    **dict.fromkeys(["demo:sign_up", "demo:sign_in", "demo:sign_out"], "the demo's shop, for its customers"),
}
# Pages for everybody who is signed in, and why.
OPEN = {
    "core:theme": "one's own theme",
    "core:search": "finds only what the actor may see",
    "core:settings": "leads to the first page the actor may see",
    "core:settings-profile": "one's own profile",
    "core:saved-views": "one's own views",
    "core:view-save": "one's own views",
    **dict.fromkeys(
        ["core:bell", "core:notices", "core:notices-read", "core:notice", "core:live-editing"],
        "one's own notices and presence",
    ),
    **dict.fromkeys(["core:comments", "core:comment"], "asks for the permission of the kind of record"),
    "core:view-delete": "one's own views",
    "core:view-default": "one's own default; everybody's asks for its own permission",
    **dict.fromkeys(
        ["core:bulk", "core:bulk-undo", "core:bulk-stop"], "one's own change; its edit asks when it runs"
    ),
    **dict.fromkeys(
        ["core:assignment", "core:assignment-undo"], "one's own change; asks for the record's permission"
    ),
    **dict.fromkeys(["people:owner", "people:company_owner"], "shows only a record the actor may see"),
    **dict.fromkeys(
        ["core:styleguide", "core:styleguide-record", "core:styleguide-related", "core:styleguide-list"],
        "examples without data",
    ),
}
PAGES = pages()
METHODS = ("get", "post")


@pytest.fixture
def sign_in(live, client):
    def as_role(role):
        user = users.create_user(
            actor=access.system("test"),
            email=f"{role}@example.org",
            roles=[role],
            name=role,
            password="x" * 20,
        )
        client.force_login(user)
        return client

    return as_role


def test_there_are_pages_and_each_has_an_address():
    assert len(PAGES) > 200
    assert all("<" not in page.path and "(" not in page.path for page in PAGES)


def test_a_page_declares_a_permission_or_is_on_a_list_with_a_reason():
    assert {page.name for page in PAGES if page.permission is None} == set(PUBLIC)
    assert {page.name for page in PAGES if page.permission == ""} == set(OPEN)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_exactly_what_it_may(sign_in, requested_permissions, role):
    browser, grants, wrong = sign_in(role), grants_of_role(role), {}
    browser.raise_request_exception = False
    for page in PAGES:
        for method in METHODS if page.permission else ():
            requested_permissions.clear()
            status = getattr(browser, method)(page.path).status_code
            if fault := fault_of(status, page.permission, requested_permissions, grants):
                wrong[f"{method} {page.name}"] = fault
    assert not wrong, "\n".join(f"{name}: {fault}" for name, fault in wrong.items())


def fault_of(status, permission, requested_permissions, grants):
    """What is wrong with an answer; "" when it is right."""
    if status == 405:
        return ""
    if status >= 500:
        return f"{status}"
    if permission not in requested_permissions:
        return f"{status} without asking for {permission}"
    if permission not in grants:
        expected = 404 if permission.endswith(".view") else 403
        return "" if status == expected else f"{status}, not {expected}, without {permission}"
    denied = [name for name in requested_permissions if name not in grants]
    return (
        f"403 with {permission}, {denied or 'and nothing else'} missing"
        if status == 403 and not denied
        else ""
    )


def test_nobody_opens_anything_without_signing_in(live, client):
    wrong = {
        f"{method} {page.name}": answer.status_code
        for page in PAGES
        if page.name not in PUBLIC
        for method in METHODS
        if (answer := getattr(client, method)(page.path)).status_code not in {302, 405}
        or (answer.status_code == 302 and "/account/login/" not in answer["Location"])
    }
    assert not wrong, "\n".join(f"{name}: {fault}" for name, fault in wrong.items())


@pytest.mark.parametrize(
    ("status", "permission", "requested_permissions", "is_fault"),
    [
        (200, "people.edit", ["people.edit"], True),
        (403, "people.edit", ["people.edit"], False),
        (404, "people.edit", ["people.edit"], True),
        (403, "data.view", ["data.view"], True),
        (404, "data.view", ["data.view"], False),
        (200, "people.view", ["segments.view"], True),
        (200, "people.view", ["people.view"], False),
        (403, "people.view", ["people.view"], True),
        (403, "people.view", ["people.view", "people.edit"], False),
        (500, "people.view", ["people.view"], True),
        (405, "people.view", [], False),
    ],
)
def test_a_planted_answer_is_told_right_from_wrong(status, permission, requested_permissions, is_fault):
    assert (
        bool(fault_of(status, permission, requested_permissions, {"people.view", "segments.view"}))
        == is_fault
    )
