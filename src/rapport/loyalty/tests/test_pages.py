"""Pages, the API, and what becomes of points when persons are merged or forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, VirtualClock
from rapport.core.jobs import run_once
from rapport.loyalty.models import Account, Badge, EarnRule, Entry, Program
from rapport.loyalty.services import points
from rapport.loyalty.services.personal_data import erase, export
from rapport.loyalty.services.points import Booking
from rapport.loyalty.tests.conftest import held, settle
from rapport.people.models import Person
from rapport.people.services.merging import merge_people
from rapport.people.services.unmerging import undo_merge
from rapport.segments.services.segments import archive_segment, create_segment

Join = Callable[..., Account]
FORM = {
    "name": "Club", "key": "club", "starts_on": "2026-01-01", "currency": "GBP", "zone": "Europe/London",
    "enrols_everybody": "on", "return_days": "14", "expiry_months": "12", "point_value": "0.01",
}  # fmt: skip
RULE = {"name": "All", "kind": "spent", "points": "2", "per_amount": "1"}


def test_a_programme_by_its_pages(page: Any, tell: Any, clock: VirtualClock) -> None:
    tell("Order Completed", {"order_id": "A-1", "currency": "GBP", "total": 50})
    assert page.post("/loyalty/programs/new/", FORM).url == "/loyalty/programs/club/"
    for wrong in ({"points": "0"}, {"ends_at": "9999-12-31"}, {"most": "3000000000"}):
        assert page.post("/loyalty/programs/club/rules/new/", {**RULE, **wrong}).status_code == 422
    assert page.post("/loyalty/programs/club/rules/new/", RULE).status_code == 302
    run_once(SYSTEM, "loyalty.count")
    settle(clock)
    account = Account.objects.get()
    assert sum(held(account)) == 100
    assert "A-1" in page.get(f"/loyalty/accounts/{account.pk}/").content.decode()
    booked = {"kind": "correct", "points": "5", "note": "Sorry", "key": "k"}
    for _again in range(2):
        assert page.post(f"/loyalty/accounts/{account.pk}/points/", booked).status_code == 302
    assert sum(held(account)) == 105
    assert page.get("/loyalty/programs/club/liability/").context["total"] == 0
    settle(clock)
    assert sum(Person.objects.get().traits[f"club_{name}"] for name in ("points", "points_pending")) == 105


def test_a_changed_rule_holds_from_now_on(page: Any, program: Program, rule: Callable[..., EarnRule]) -> None:
    before = rule()
    page.post(f"/loyalty/programs/loyalty/rules/{before.pk}/", {**RULE, "name": "More"})
    before.refresh_from_db()
    after = program.rules.exclude(pk=before.pk).get()
    assert (before.points, before.ends_at) == (1, after.starts_at)


def test_the_segment_of_a_rule_stays(rule: Callable[..., EarnRule], actor: Actor) -> None:
    members = create_segment(actor=actor, key="members", name="Members", definition={"all": []})
    rule(segment="members")
    with pytest.raises(ValidationError, match="Club: Points"):
        archive_segment(actor=actor, segment=members)


def test_points_over_the_api(api: Callable[..., tuple[int, Any]], join: Join) -> None:
    account = join(100)
    path = f"/loyalty/accounts/{account.pk}/entries"
    spend = {"kind": "spend", "points": 30, "key": "r-1", "source": "till"}
    status, first = api("POST", path, spend)
    assert (status, first["points"], first["balance"]) == (201, -30, 70)
    assert api("POST", path, spend)[1]["id"] == first["id"]
    assert api("POST", path, {**spend, "points": 31})[0] == 409
    assert api("POST", path, {**spend, "key": "r-2", "points": 71})[0] == 422
    assert api("POST", path, {**spend, "key": "r-3", "source": "order"})[0] == 422
    assert api("GET", path)[1]["data"][0]["id"] == first["id"]
    assert api("GET", f"/people/{account.person_id}/loyalty")[1][0]["points"] == 70


def test_an_event_gives_points_once(tell: Any, rule: Callable[..., EarnRule], clock: VirtualClock) -> None:
    until = clock.now() + dt.timedelta(days=30)
    rule(kind="event", event="Product Reviewed", points=20, most=2, ends_at=until)
    for number in range(3):
        tell("Product Reviewed", {"product_id": "p"}, messageId=f"review-{number}")
    tell("Product Reviewed", {"product_id": "p"}, messageId="review-0")
    settle(clock)
    assert held(Account.objects.get()) == (40, 0, 0)


def test_accounts_follow_a_merge_and_back(join: Join, actor: Actor, clock: VirtualClock) -> None:
    first, second = join(60), join(50)
    persons = sorted((first.person_id, second.person_id), key=str)
    merge = merge_people(actor=actor, survivor_id=persons[0], absorbed_id=persons[1], rule="by hand")
    points.book(actor=actor, account_id=first.pk, booking=Booking("spend", 100, "k"), clock=clock)
    assert (held(first), held(second)) == ((0, 0, 0), (10, 0, 0))
    undo_merge(actor=actor, merge=merge)
    for account in (first, second):
        account.refresh_from_db()
        assert account.person_id == account.home


def test_forgetting(join: Join, clock: VirtualClock, actor: Actor) -> None:
    account = join(100)
    booking = Booking("spend", 40, "k", note="Their words")
    points.book(actor=actor, account_id=account.pk, booking=booking, clock=clock)
    assert account.person_id
    assert export([account.person_id])["loyalty"][0]["points"] == 60
    assert erase([account.person_id]) == {"loyalty_account": 1}
    account.refresh_from_db()
    assert (account.person_id, account.home, account.balance, account.status) == (None, None, 0, "closed")
    assert not Entry.objects.exclude(note="").exists()


def test_the_last_reward_goes_to_one_member_once(api: Callable[..., tuple[int, Any]], join: Join) -> None:
    first, second = join(100), join(100)
    reward = api("POST", "/loyalty/rewards", {"name": "Lantern", "points": 60, "stock": 1})[1]
    path = f"/loyalty/rewards/{reward['id']}/redemptions"
    redeemed = [api("POST", path, {"account": str(first.pk), "key": "k"})[1]["id"] for _again in range(2)]
    assert redeemed[0] == redeemed[1]
    assert api("POST", path, {"account": str(second.pk), "key": "k"})[0] == 409
    assert api("POST", path, {"account": str(second.pk), "key": "k2"})[0] == 422
    assert (held(first), held(second)) == ((40, 0, 0), (100, 0, 0))
    assert api("GET", "/loyalty/rewards")[1]["data"][0]["stock"] == 0


def test_a_page_sets_no_trait_of_a_new_programme(live: Any, tell: Any, program: Program) -> None:
    tell("Signed Up", {})
    claims = {"loyalty_points": 9_000, "loyalty_referral_code": "MINE"}
    live.ingest([{"type": "identify", "userId": "u-1", "messageId": "i", "traits": claims}])
    assert not claims.keys() & Person.objects.get().traits.keys()


def test_profiles_name_the_next_reward(page: Any, join: Join, clock: VirtualClock) -> None:
    account = join(100)
    for name, cost in (("Tin", 50), ("Lantern", 160)):
        page.post("/loyalty/programs/loyalty/rewards/new/", {"name": name, "points": cost})
    settle(clock)
    traits = Person.objects.get(pk=account.person_id).traits
    assert (traits["loyalty_next_reward"], traits["loyalty_points_to_next_reward"]) == ("Lantern", 60)
    tin, lantern = account.program.rewards.order_by("points")
    for _again in range(2):
        page.post(f"/loyalty/accounts/{account.pk}/rewards/{tin.pk}/", {"key": "k"})
    assert held(account) == (50, 0, 0)
    for gone in (tin, lantern):
        page.post(f"/loyalty/programs/loyalty/rewards/{gone.pk}/end/")
    settle(clock)
    assert not Person.objects.get(pk=account.person_id).traits.get("loyalty_next_reward")


def test_an_ended_programme_gives_nothing_and_catches_up_when_it_opens(
    page: Any, tell: Any, rule: Callable[..., EarnRule], actor: Actor, clock: VirtualClock
) -> None:
    rule()
    tell("Order Completed", {"order_id": "A-1", "currency": "GBP", "total": 50})
    settle(clock)
    account = Account.objects.get()
    for _twice in range(2):
        page.post("/loyalty/programs/loyalty/end/", {"state": "ended"})
    with pytest.raises(ValidationError, match="has ended"):
        points.book(actor=actor, account_id=account.pk, booking=Booking("earn", 5, "k"), clock=clock)
    tell("Order Cancelled", {"order_id": "A-1"})
    settle(clock)
    assert sum(held(account)) == 50
    page.post("/loyalty/programs/loyalty/end/", {"state": "running"})
    run_once(SYSTEM, "loyalty.count")
    settle(clock)
    assert sum(held(account)) == 0


def test_what_another_tab_saved_is_not_overwritten_unseen(page: Any, program: Program) -> None:
    """Programmes, tiers and badges: the second tab has to be sent twice."""
    edit = f"/loyalty/programs/{program.key}/edit/"
    opened = page.get(edit).context["form"]
    fields = {name: value for name in opened.fields if (value := opened[name].value()) not in (None, False)}
    given = {**fields, "revision": opened.revision}
    assert page.post(edit, {**given, "name": "First"}).status_code == 302
    second = page.post(edit, {**given, "name": "Second"})
    assert (second.status_code, Program.objects.get().name) == (422, "First")
    again = {**given, "name": "Second", "revision": second.context["form"].revision}
    assert page.post(edit, again).status_code == 302
    badges = f"/loyalty/programs/{program.key}/badges/"
    rows = {"badges-TOTAL_FORMS": 1, "badges-INITIAL_FORMS": 0, "badges-0-measure": "orders",
            "badges-0-period": "ever", "badges-0-threshold": "1"}  # fmt: skip
    rows["badges-revision"] = page.get(badges).context["rows"].revision
    assert page.post(badges, rows | {"badges-0-name": "Mine"}).status_code == 302
    second = page.post(badges, rows | {"badges-0-name": "Theirs"})
    assert (second.status_code, Badge.objects.get().name) == (422, "Mine")
    rows["badges-revision"] = second.context["rows"].revision
    assert page.post(badges, rows | {"badges-0-name": "Theirs"}).status_code == 302
