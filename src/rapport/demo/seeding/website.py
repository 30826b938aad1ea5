"""What the demo's shop shows of content: a form, a landing page with a test, a pop-up, and a slot with a test."""

from __future__ import annotations

from django.conf import settings

from rapport.content.landing import services as pages
from rapport.content.landing import starting
from rapport.content.landing import trials as page_trials
from rapport.content.models import LandingPage
from rapport.content.onsite import services as messages
from rapport.content.onsite import trials as message_trials
from rapport.content.web import services as forms
from rapport.core.access import system
from rapport.core.clock import SYSTEM, Clock
from rapport.demo.seeding.render import WORDING

FORM, PAGE, SLOT = "letter", "evening", "hero"


def seed(clock: Clock = SYSTEM) -> bool:
    """Makes them, unless there are some; says whether it did."""
    if LandingPage.objects.exists():
        return False
    _form(clock)
    _landing_page(clock)
    _messages(clock)
    return True


def _form(clock: Clock) -> None:
    actor = system("demo")
    consent = {"name": "agree_newsletter", "purpose": "newsletter", "channels": ["email"],
               "wording": WORDING["newsletter"], "required": True}  # fmt: skip
    values = forms.first_values("The letter from Lantern & Thistle", "en") | {"key": FORM}
    values["definition"] |= {"title": "Every other Thursday", "consents": [consent], "button": "Write to me",
                             "thanks": "Thank you. The next letter comes on Thursday."}  # fmt: skip
    row = forms.create(actor=actor, values=values, clock=clock)
    forms.turn(actor=actor, form_id=row.pk, live=True, clock=clock)


def _landing_page(clock: Clock) -> None:
    """Two versions of one page against each other."""
    actor = system("demo")
    definition = starting.definition("newsletter", "en", clock.now(), form=FORM)
    definition["in_sitemap"] = True
    values = {"slug": PAGE, "name": "The letter", "language": "en", "definition": definition}
    row = pages.create(actor=actor, values=values, clock=clock)
    pages.publish(actor=actor, page_id=row.pk, clock=clock)
    other = starting.definition("guide", "en", clock.now(), form=FORM)
    pages.change(actor=actor, page_id=row.pk, values={"definition": other}, clock=clock)
    page_trials.start(actor=actor, page_id=row.pk, version=2, clock=clock)


def _messages(clock: Clock) -> None:
    actor = system("demo")
    target = f"{settings.PUBLIC_URL}/p/{PAGE}"
    leaving = {
        "name": "Before you go", "format": "modal", "title": "A letter, every other Thursday", "trigger": "exit",
        "body": "New things two days early, and nothing else.", "form": FORM, "pages": "/shop/*\n!/shop/checkout*",
    }  # fmt: skip
    row = messages.create(actor=actor, values=leaving, clock=clock)
    messages.launch(actor=actor, message_id=row.pk, clock=clock)
    shared = {
        "format": "slot",
        "slot": SLOT,
        "url": target,
        "label": "Read it",
        "most_times": 1000,
        "pause_hours": 0,
    }
    texts = (
        ("Hero: the letter", "Good evening{% if person.first_name %}, {{ person.first_name }}{% endif %}"),
        ("Hero: lanterns", "Light for long evenings"),
    )
    rows = [
        messages.create(actor=actor, values={**shared, "name": name, "title": title}, clock=clock)
        for name, title in texts
    ]
    for row in rows:
        messages.launch(actor=actor, message_id=row.pk, clock=clock)
    message_trials.start(actor=actor, message_id=rows[0].pk, other_id=rows[1].pk, clock=clock)
