"""Two reviewers at the same pair at the same time, and one with nothing but a keyboard."""

from __future__ import annotations

import threading

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import expect

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM
from rapport.core.permissions import EVERYTHING
from rapport.people.models import Merge, Person
from rapport.quality.matching.services import decisions
from rapport.quality.models import MatchCandidate, MatchDecision, MatchRun

pytestmark = pytest.mark.django_db(transaction=True)
QUEUE = "/duplicates/"


@pytest.fixture
def pairs(person):
    """`pairs(3)`: so many pairs of people, likeliest first."""

    def make(number):
        run = MatchRun.objects.create(
            kind="person", requested_at=SYSTEM.now(), auto_at=0.95, review_at=0.5, merges_itself=False
        )
        return [_pair(run, person, place) for place in range(number)]

    return make


def _pair(run, person, place):
    ids = sorted(person(name=f"Pair {place}", city=city).pk for city in ("Leeds", "York"))
    evidence = [{"field": "name", "level": "same", "weight": 9.0}]
    return MatchCandidate.objects.create(
        run=run, kind="person", one_id=ids[0], other_id=ids[1], probability=0.9 - place / 100, weight=3.0,
        evidence=evidence,
    )  # fmt: skip


def _at_once(*works):
    """What each came to, done in threads that start together."""
    came_to, start = [None] * len(works), threading.Barrier(len(works))

    def run(place, work):
        try:
            start.wait(10)
            came_to[place] = work()
        except decisions.CannotDecide as error:
            came_to[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return came_to


def _deciding(pair, name, verdict, survivor):
    actor = Actor("user", name, f"{name}@example.org", EVERYTHING)
    return lambda: decisions.decide(actor=actor, candidate=pair, verdict=verdict, survivor_id=survivor)


@pytest.mark.parametrize("verdicts", [("merged", "merged"), ("merged", "apart"), ("apart", "later")])
def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told(pairs, verdicts):
    (pair,) = pairs(1)
    came_to = _at_once(
        _deciding(pair, "ann", verdicts[0], pair.one_id), _deciding(pair, "ben", verdicts[1], pair.other_id)
    )
    standing = MatchDecision.objects.get(undone_at=None)
    winner, loser = sorted(came_to, key=lambda result: isinstance(result, Exception))
    assert standing.pk == winner.pk
    # Who puts off a pair first is overruled, not refused.
    if isinstance(loser, Exception):
        assert f"{standing.decided_by} decided this pair already" in str(loser)
    assert Merge.objects.count() == (standing.verdict == "merged")


def test_a_decision_undone_twice_at_once_is_undone_once(pairs, actor):
    (pair,) = pairs(1)
    decision = decisions.decide(actor=actor, candidate=pair, verdict="merged")
    undo = lambda: decisions.undo_decision(actor=actor, decision=decision)  # noqa: E731 - one expression
    refused = [result for result in _at_once(undo, undo) if isinstance(result, decisions.CannotDecide)]
    assert len(refused) == 1
    assert Person.objects.filter(merged_into=None).count() == 2


def test_the_slower_reviewer_reads_who_was_faster_and_gets_the_next_pair(page, pairs, actor):
    first, second = pairs(2)
    decisions.decide(
        actor=Actor("user", "9", "ben@example.org", EVERYTHING), candidate=first, verdict="apart"
    )
    answer = page.post(f"{QUEUE}pairs/{first.pk}/decision/", {"verdict": "merged"}, follow=True)
    html = answer.content.decode()
    assert "ben@example.org decided this pair already" in html
    assert f"/pairs/{second.pk}/decision/" in html


def test_the_queue_is_worked_with_the_keyboard_alone(pairs, open_page):
    first, second, third = pairs(3)
    tab = open_page(QUEUE)
    for key, message, left in (("m", "Merged into one.", 2), ("n", "Kept apart.", 1), ("s", "Skipped.", 0)):
        tab.keyboard.press(key)
        expect(tab.get_by_text(message)).to_be_visible()
        expect(tab.locator(".match-count")).to_have_text(f"Pair 1 of {left}" if left else "Nothing to review")
    verdicts = {decision.candidate_id: decision.verdict for decision in MatchDecision.objects.all()}
    assert verdicts == {first.pk: "merged", second.pk: "apart", third.pk: "later"}


def test_the_last_decision_is_undone_by_key(pairs, open_page):
    (pair,) = pairs(1)
    tab = open_page(QUEUE)
    tab.keyboard.press("m")
    expect(tab.locator(".match-count")).to_have_text("Nothing to review")
    tab.keyboard.press("u")
    expect(tab.locator(".match-count")).to_have_text("Pair 1 of 1")
    assert not Person.objects.exclude(merged_into=None).exists()
    assert not pair.decisions.filter(undone_at=None).exists()


def test_arrows_choose_who_survives_and_go_through_the_pairs(pairs, open_page):
    _first, second = pairs(2)
    tab = open_page(QUEUE)
    tab.keyboard.press("ArrowDown")
    expect(tab.locator(".match-count")).to_have_text("Pair 2 of 2")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("m")
    expect(tab.get_by_text("Merged into one.")).to_be_visible()
    assert MatchDecision.objects.get().survivor_id == second.other_id
    assert Person.objects.get(pk=second.one_id).merged_into_id == second.other_id


def test_keys_are_silent_while_typing(pairs, open_page):
    pairs(1)
    tab = open_page(QUEUE)
    tab.locator(".match-filter input[name=lowest]").focus()
    for key in "mns":
        tab.keyboard.press(key)
    expect(tab.locator(".match-count")).to_have_text("Pair 1 of 1")
    assert not MatchDecision.objects.exists()


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_queue_is_accessible_and_fits(pairs, open_page, size, theme):
    pairs(2)
    tab = open_page(QUEUE, size, theme)
    report = Axe().run(tab, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in report["violations"]] == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
