"""Forms that are drawn from what a playbook asks, and the form of a rule."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.forms.fields import NameField
from rapport.journeys.services.conditions import OPERATORS
from rapport.journeys.services.picking import choices_of
from rapport.journeys.services.playbooks.books import Playbook, Question

LISTS = {"to"}  # answers that are lists of one


class PlaybookForm(forms.Form):
    """The few questions, and what the journey is to be called."""

    name = NameField(label=_("Name"), max_length=120)

    def __init__(self, *given: Any, playbook: Playbook, actor: Actor, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["name"].initial = str(playbook.name)
        for question in playbook.questions:
            self.fields[question.name] = _field(question, actor)

    @property
    def answers(self) -> dict[str, Any]:
        """As `services.playbooks` takes them."""
        return {
            name: [value] if name in LISTS and value else value
            for name, value in self.cleaned_data.items()
            if name != "name"
        }


def _field(question: Question, actor: Actor) -> forms.Field:
    common: dict[str, Any] = {
        "label": question.label,
        "required": question.is_required,
        "help_text": question.hint,
        "initial": question.initial,
    }
    if question.kind == "number":
        return forms.IntegerField(min_value=question.least, max_value=question.most, **common)
    if question.kind in {"text", "trait"}:
        return forms.CharField(max_length=200, **common)
    choices = choices_of(question.kind, actor)
    none = [] if question.is_required and choices else [("", "–")]
    return forms.ChoiceField(choices=[*none, *choices], **common)


class RuleForm(forms.Form):
    """When this happens and that is true, do this now."""

    name = NameField(label=_("Name"), max_length=120)
    event = forms.CharField(
        label=_("When this happens"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "known-events"}),
        help_text=_("The name of an event, such as Product Viewed."),
    )
    segment = forms.ChoiceField(label=_("And they are in the segment"), required=False)
    property = forms.CharField(label=_("And its property"), max_length=200, required=False)
    op = forms.ChoiceField(label=_("Compared"), required=False, choices=[("", "–"), *OPERATORS.items()])
    value = forms.CharField(label=_("With"), max_length=200, required=False)
    do = forms.ChoiceField(
        label=_("Do this now"),
        choices=[
            ("notify", _("Tell somebody of the business")),
            ("task", _("Give somebody a task")),
            ("list", _("Put on a list")),
            ("set_traits", _("Change a trait")),
            ("emit", _("Tell of an event")),
        ],
    )
    to = forms.ChoiceField(label=_("Who"), required=False)
    about = forms.CharField(label=_("What it is about"), max_length=200, required=False)
    list = forms.ChoiceField(label=_("List"), required=False)
    trait = forms.CharField(label=_("Trait"), max_length=64, required=False)
    trait_value = forms.CharField(label=_("Value"), max_length=200, required=False)
    tell = forms.CharField(label=_("Event"), max_length=200, required=False)
    again = forms.IntegerField(
        label=_("For the same person again after hours"), min_value=0, max_value=87_600, initial=24, required=False,
        help_text=_("0: each time."),
    )  # fmt: skip

    NEEDED = {
        "notify": ("to", "about"),
        "task": ("to", "about"),
        "list": ("list",),
        "set_traits": ("trait", "trait_value"),
        "emit": ("tell",),
    }

    def __init__(self, *given: Any, actor: Actor, **more: Any) -> None:
        super().__init__(*given, **more)
        for name, picker in (("segment", "segment"), ("to", "user"), ("list", "list")):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "–"), *choices_of(picker, actor)]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for name in self.NEEDED.get(given.get("do", ""), ()):
            if not given.get(name):
                self.add_error(name, _("This is needed for it."))
        if given.get("property") and not given.get("op"):
            self.add_error("op", _("Say how it is compared."))
        return given
