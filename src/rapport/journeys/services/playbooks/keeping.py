"""Playbooks that keep people: tiers, those who stay away, those who answer, and those sales should call."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.journeys.services.playbooks.books import (
    COUPON,
    PURPOSE,
    Given,
    Mail,
    Playbook,
    Question,
    Text,
    days,
    event,
    gift,
    until_event,
    wait,
)

BOUGHT = {"event": "Order Completed"}
GOODBYE = Text(
    gettext_lazy("Do you still want to hear from us?"),
    gettext_lazy("One click, and we know."),
    gettext_lazy("Do you still want to hear from us?"),
    (
        gettext_lazy("We have not heard from you for a while, and we do not want to be a bother."),
        gettext_lazy("Choose what you get, or nothing at all. If you do nothing, we write less."),
    ),
    gettext_lazy("Choose what you get"),
    "{{ preferences_url }}",
)
OFFER = Text(
    gettext_lazy("A reason to come back"),
    gettext_lazy("For you, if you would like to come back."),
    gettext_lazy("A reason to come back"),
    (
        gettext_lazy("We would be glad to see you again. A good deal has changed since you were last here."),
        gettext_lazy(
            "{% if data.steps.gift.code %}And this is for you: with the code {{ data.steps.gift.code }} "
            "your next order costs less.{% endif %}"
        ),
    ),
    gettext_lazy("See what is new"),
)
INTEREST = Text(
    gettext_lazy("Thank you for your interest"),
    gettext_lazy("What you asked for, and what comes next."),
    gettext_lazy('Thank you, {{ person.first_name | default: "and welcome" }}'),
    (
        gettext_lazy("Here is what you asked for. It takes five minutes to read."),
        gettext_lazy("If you would rather talk, answer this message with a time that suits you."),
    ),
    gettext_lazy("Read it now"),
)
REASON = Text(
    gettext_lazy("How others do it"),
    gettext_lazy("An example from a business like yours."),
    gettext_lazy("How others do it"),
    (
        gettext_lazy(
            "A business like yours had the same question. This is what they did, and what came of it."
        ),
        gettext_lazy("Would it work for you, too? We are glad to look at it together."),
    ),
    gettext_lazy("Read the example"),
)
ANSWERED = Text(
    gettext_lazy("Thank you for your answer"),
    gettext_lazy("It helps us to become better."),
    gettext_lazy("Thank you for your answer"),
    (gettext_lazy("We read every one of them. If you like, tell a friend about us: this is the link."),),
    gettext_lazy("Tell a friend"),
)
SCORE = {"answer": "reply.score", "op": "lte", "value": 6}


def _tier(given: Given) -> dict[str, Any]:
    first, gifts = gift(given, "greet")
    return {
        "trigger": event("Tier Reached", key="tier"),
        "entry": {"again": "after", "days": 90},
        "start": first,
        "steps": {**gifts, "greet": given.mail("greet", title=_("Congratulate them"))},
    }


def _win_back(given: Given) -> dict[str, Any]:
    first, gifts = gift(given, "offer")
    return {
        "trigger": {"type": "segment_entered", "segment": given["segment"]},
        "entry": {"again": "after", "days": 180},
        "goal": BOUGHT,
        "start": "miss",
        "steps": {
            "miss": given.mail("miss", "look", title=_("We have missed you")),
            "look": until_event("Order Completed", given["pause"], "", first, title=_("Do they come back?")),
            **gifts,
            "offer": given.mail("offer", "last", title=_("A reason to come back")),
            "last": wait(given["pause"] * 2, "goodbye"),
            "goodbye": given.mail("goodbye", title=_("Ask whether they still want to hear from us")),
        },
    }


def _nurture(given: Given) -> dict[str, Any]:
    hot = {
        "any": [
            {"answer": "read.link", "op": "exists"},
            {"trait": "lead_score", "op": "gte", "value": given["score"]},
        ]
    }
    return {
        "trigger": {"type": "form", "form": given["form"]},
        "goal": {"event": "Deal Won"},
        "start": "thanks",
        "steps": {
            "thanks": given.mail("thanks", "read", title=_("Thank them, and send what they came for")),
            "read": until_event(
                "Message Clicked", given["pause"], "hot", "more", title=_("Do they read it?")
            ),
            "more": given.mail("more", "second", title=_("One more reason")),
            "second": wait(given["pause"], "hot"),
            "hot": {
                "type": "if",
                "if": hot,
                "title": _("Are they interested?"),
                "next": {"yes": "call", "no": "stay"},
            },
            "call": {
                "type": "task",
                "about": _("A lead is interested: call them"),
                "to": given["to"],
                "title": _("Hand over to sales"),
            },
            "stay": {"type": "end", "title": _("They stay on the newsletter")},
        },
    }


def _nps(given: Given) -> dict[str, Any]:
    return {
        "trigger": event("Order Completed", key="order_id"),
        "entry": {"again": "after", "days": 90},
        "start": "use",
        "steps": {
            "use": wait(given["pause"], "ask"),
            "ask": given.mail("ask", "reply", title=_("Ask whether they would recommend us")),
            "reply": until_event(given["answer"], 14, "unhappy", "", title=_("Wait for the answer")),
            "unhappy": {
                "type": "if",
                "if": SCORE,
                "title": _("Are they unhappy?"),
                "next": {"yes": "call", "no": "thanks"},
            },
            "call": {"type": "task", "about": _("Somebody is unhappy with us: call them"), "to": given["to"]},
            "thanks": given.mail("thanks", title=_("Thank them")),
        },
    }


WHO = Question(
    "to", gettext_lazy("Who is told"), "user", hint=gettext_lazy("Gets a task with a link to the person.")
)
PLAYBOOKS = (
    Playbook(
        "tier",
        gettext_lazy("New tier"),
        gettext_lazy("Congratulates members on the tier they reached, with a present if you like."),
        "badge-check",
        100,
        {"greet": Mail(gettext_lazy("New tier"), "tier")},
        _tier,
        (PURPOSE, COUPON),
    ),
    Playbook(
        "win-back",
        gettext_lazy("Win back"),
        gettext_lazy(
            "Writes to those who stay away, offers a reason to come back, and asks in the end whether to stop."
        ),
        "undo-2",
        110,
        {
            "miss": Mail(gettext_lazy("We have missed you"), "win-back"),
            "offer": Mail(gettext_lazy("A reason to come back"), OFFER),
            "goodbye": Mail(gettext_lazy("Do you still want to hear from us?"), GOODBYE),
        },
        _win_back,
        (
            PURPOSE,
            Question("segment", gettext_lazy("Segment of those who stay away"), "segment"),
            days("pause", gettext_lazy("Days between messages"), 7),
            COUPON,
        ),
    ),
    Playbook(
        "nurture",
        gettext_lazy("Lead to sales"),
        gettext_lazy("Follows up a form with two messages and hands over whoever shows interest."),
        "user-check",
        140,
        {
            "thanks": Mail(gettext_lazy("Thank you for your interest"), INTEREST),
            "more": Mail(gettext_lazy("One more reason"), REASON),
        },
        _nurture,
        (
            PURPOSE,
            Question("form", gettext_lazy("Form"), "form"),
            days("pause", gettext_lazy("Days between messages"), 3),
            Question("score", gettext_lazy("Score from which sales calls"), initial=50, most=1_000),
            WHO,
        ),
    ),
    Playbook(
        "nps",
        gettext_lazy("Would they recommend us?"),
        gettext_lazy("Asks some time after an order, thanks who is happy, and has somebody call who is not."),
        "gauge",
        150,
        {
            "ask": Mail(gettext_lazy("Would you recommend us?"), "recommend"),
            "thanks": Mail(gettext_lazy("Thank you for your answer"), ANSWERED),
        },
        _nps,
        (
            PURPOSE,
            days("pause", gettext_lazy("Days after the order"), 14),
            Question("answer", gettext_lazy("Event that brings the answer"), "text", "Survey Answered"),
            WHO,
        ),
    ),
)
