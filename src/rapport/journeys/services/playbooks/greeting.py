"""Playbooks for those who are new, or whose day it is."""

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

CONGRATULATIONS = Text(
    gettext_lazy('Happy birthday, {{ person.first_name | default: "dear friend" }}'),
    gettext_lazy("All the best from all of us."),
    gettext_lazy('Happy birthday, {{ person.first_name | default: "dear friend" }}!'),
    (
        gettext_lazy("Today is yours. All of us wish you a good year."),
        gettext_lazy(
            "{% if data.steps.gift.code %}We would like to add something to it: use the code "
            "{{ data.steps.gift.code }} for whatever you choose.{% endif %}"
        ),
    ),
    gettext_lazy("Have a look around"),
)
OTHERS_LIKE = Text(
    gettext_lazy("What others like most"),
    gettext_lazy("The favourites of the house, and a word of thanks."),
    gettext_lazy("What others like most"),
    (
        gettext_lazy("Thank you for being with us. Most people who are new begin with our favourites."),
        gettext_lazy(
            "{% if data.steps.gift.code %}With the code {{ data.steps.gift.code }} it costs less.{% endif %}"
        ),
    ),
    gettext_lazy("See the favourites"),
)
HELP = Text(
    gettext_lazy("Can we help?"),
    gettext_lazy("One answer is enough, and a person takes it up."),
    gettext_lazy("Can we help?"),
    (
        gettext_lazy(
            "You have started, but not finished. That happens to many, and nearly always it is one small thing."
        ),
        gettext_lazy("Just answer this message and say where you are stuck. A person reads it and helps."),
    ),
)


def _welcome(given: Given) -> dict[str, Any]:
    first, gifts = gift(given, "second")
    return {
        "trigger": event(
            "Consent Granted", where={"property": "purpose", "op": "is", "value": given["purpose"]}
        ),
        "goal": {"event": "Order Completed"},
        "start": "hello",
        "steps": {
            "hello": given.mail("hello", "pause", title=_("Greet them")),
            "pause": wait(given["pause"], first),
            **gifts,
            "second": given.mail("second", title=_("What others like")),
        },
    }


def _onboarding(given: Given) -> dict[str, Any]:
    return {
        "trigger": event("Signed Up"),
        "goal": {"event": given["done"]},
        "start": "first",
        "steps": {
            "first": wait(given["pause"], "checklist"),
            "checklist": given.mail("checklist", "look", title=_("The first steps")),
            "look": until_event(given["done"], given["pause"] * 2, "", "again", title=_("Did they do it?")),
            "again": given.mail("again", "help", title=_("Remind them once")),
            "help": wait(given["pause"] * 2, "offer"),
            "offer": given.mail("help", title=_("Offer help, from a person")),
        },
    }


def _birthday(given: Given) -> dict[str, Any]:
    first, gifts = gift(given, "greet")
    return {
        "trigger": {
            "type": "date",
            "trait": given["trait"],
            "yearly": True,
            "offset": -given["before"],
            "time": "09:00",
        },
        "start": first,
        "steps": {**gifts, "greet": given.mail("greet", title=_("Wish them well"))},
    }


def _renewal(given: Given) -> dict[str, Any]:
    return {
        "trigger": {
            "type": "date",
            "trait": given["trait"],
            "yearly": False,
            "offset": -given["before"],
            "time": "10:00",
        },
        "goal": {"event": given["done"]},
        "start": "remind",
        "steps": {
            "remind": given.mail("remind", "look", title=_("It ends soon")),
            "look": until_event(
                given["done"], max(1, given["before"] // 2), "", "again", title=_("Do they renew?")
            ),
            "again": given.mail("again", "tell", title=_("Remind them once")),
            "tell": {"type": "task", "about": _("A renewal is still open: call them"), "to": ["owner"]},
        },
    }


PLAYBOOKS = (
    Playbook(
        "welcome",
        gettext_lazy("Welcome"),
        gettext_lazy(
            "Greets who has just agreed to hear from you, and shows what others like a few days later."
        ),
        "hand",
        10,
        {
            "hello": Mail(gettext_lazy("Welcome"), "welcome"),
            "second": Mail(gettext_lazy("What others like"), OTHERS_LIKE),
        },
        _welcome,
        (PURPOSE, days("pause", gettext_lazy("Days until the second message"), 3), COUPON),
    ),
    Playbook(
        "onboarding",
        gettext_lazy("First steps"),
        gettext_lazy("Leads new customers through what is still to be done, until they have done it."),
        "clipboard-list",
        20,
        {
            "checklist": Mail(gettext_lazy("First steps"), "onboarding"),
            "again": Mail(gettext_lazy("First steps, again"), "onboarding"),
            "help": Mail(gettext_lazy("Offer of help"), HELP),
        },
        _onboarding,
        (
            PURPOSE,
            Question("done", gettext_lazy("Event that says they are done"), "text", "Order Completed"),
            days("pause", gettext_lazy("Days between messages"), 2),
        ),
    ),
    Playbook(
        "birthday",
        gettext_lazy("Birthday"),
        gettext_lazy("Wishes them well every year, by their clock, with a present if you like."),
        "gift",
        120,
        {"greet": Mail(gettext_lazy("Birthday"), CONGRATULATIONS)},
        _birthday,
        (
            PURPOSE,
            Question("trait", gettext_lazy("Trait with the date"), "trait", "birthday"),
            days("before", gettext_lazy("Days before it"), 0, 0),
            COUPON,
        ),
    ),
    Playbook(
        "renewal",
        gettext_lazy("Renewal"),
        gettext_lazy(
            "Reminds them before something ends, and tells whoever looks after them if they do nothing."
        ),
        "refresh-cw",
        130,
        {
            "remind": Mail(gettext_lazy("Renewal"), "renewal"),
            "again": Mail(gettext_lazy("Renewal, again"), "renewal"),
        },
        _renewal,
        (
            PURPOSE,
            Question("trait", gettext_lazy("Trait with the date"), "trait", "renewal_date"),
            Question("done", gettext_lazy("Event that says they renewed"), "text", "Subscription Renewed"),
            days("before", gettext_lazy("Days before it"), 30),
        ),
    ),
)
