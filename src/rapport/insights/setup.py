"""The first steps of a new installation, and which of them are done."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from rapport.campaigns.models import Campaign
from rapport.channels.queries import identities
from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.events.models import Source
from rapport.insights import queries
from rapport.people.models import Person
from rapport.segments.models import Segment


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, what for, where, and whether it is done."""

    title: str
    text: str
    url: str
    done: bool


def steps(actor: Actor, *, has_events: bool) -> list[Step]:
    """The checklist: everything while little is done, then what is left; nothing for who cannot do it.

    `has_events`: the page has seen some already; else the store is asked whether there ever were any.
    """
    if not actor.may("data.edit"):
        return []
    checklist = [*_listening(has_events), *_speaking()]
    left = [step for step in checklist if not step.done]
    return checklist if len(left) > len(checklist) / 2 else left


def _listening(has_events: bool) -> list[Step]:
    sources = Source.objects.exclude(kind=Source.Kind.INTERNAL)
    return [
        Step(
            _("Connect a source"),
            _("A website, shop or server tells Rapport what customers do."),
            _url("events:new_source"),
            sources.exists(),
        ),
        Step(
            _("See the first event arrive"),
            _("Open the live view and click around your own site."),
            _url("events:debugger"),
            has_events or queries.anything_happened(),
        ),
        Step(
            _("Identify the first customer"),
            _("An identify call, a form or an order turns a visitor into an identified person."),
            _url("people:list"),
            Person.objects.filter(is_identified=True, merged_into=None).exists(),
        ),
    ]


def _speaking() -> list[Step]:
    return [
        Step(
            _("Set the sender of your emails"),
            _(
                "A sender's name and address, and the records that prove to mailbox providers that you may use it."
            ),
            _url("channels:senders"),
            bool(identities()),
        ),
        Step(
            _("Build a segment"),
            _("Everybody who bought twice this year, for example; it stays up to date by itself."),
            _url("segments:list"),
            Segment.objects.filter(archived_at=None).exists(),
        ),
        Step(
            _("Write a template"),
            _("The email itself, with each customer's own details in it."),
            _url("content:templates"),
            Template.objects.filter(archived_at=None).exists(),
        ),
        Step(
            _("Send the first campaign"),
            _("To those who agreed, with results here within seconds."),
            _url("campaigns:campaigns"),
            Campaign.objects.exclude(send=None).exists(),
        ),
    ]


def _url(*names: str) -> str:
    """The first of these pages that exists."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""
