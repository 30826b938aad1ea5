"""The form of an activity written down by hand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rapport.core.access import Actor
from rapport.core.clock import SYSTEM, Clock
from rapport.events.models import Activity, ActivityVersion
from rapport.events.services.activities import Details
from rapport.people.models import Company, Person
from rapport.people.queries import companies

_LOCAL = "%Y-%m-%dT%H:%M"


class ActivityForm(forms.Form):
    """What it was, when, and what came of it."""

    kind = forms.ChoiceField(label=_("What"), choices=Activity.Kind.choices, initial="call")
    at = forms.DateTimeField(
        label=_("When"),
        input_formats=[_LOCAL, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL),
    )
    direction = forms.ChoiceField(
        label=_("Direction"), required=False, choices=[("", "–"), *ActivityVersion.Direction.choices]
    )
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0)
    outcome = forms.CharField(label=_("Outcome"), required=False, max_length=120)
    text = forms.CharField(
        label=_("Notes"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4})
    )
    company = forms.ModelChoiceField(
        label=_("Company"), required=False, queryset=Company.objects.none(), empty_label="–"
    )

    def __init__(
        self, *args: Any, actor: Actor, person: Person, clock: Clock = SYSTEM, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offered = Q(pk__in=companies(actor).values("pk")) | Q(pk=self.initial.get("company"))
        self.fields["company"].queryset = person.companies.filter(offered)  # type: ignore[attr-defined]
        self.fields["at"].initial = timezone.localtime(clock.now()).replace(second=0, microsecond=0)

    def details(self) -> Details:
        data = self.cleaned_data
        return Details(
            at=data["at"],
            direction=data["direction"],
            outcome=data["outcome"].strip(),
            minutes=data["minutes"],
            text=data["text"].strip(),
            company_id=data["company"].pk if data["company"] else None,
        )

    @staticmethod
    def initial_of(version: ActivityVersion) -> dict[str, Any]:
        names = ("direction", "minutes", "outcome", "text", "company")
        initial = {name: getattr(version, name) for name in names}
        return initial | {"kind": version.activity.kind, "at": timezone.localtime(version.at)}
