"""The fields by which a campaign is compared with other ways for it to read, and those of four eyes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns.models import Campaign
from rapport.campaigns.services import testing
from rapport.campaigns.services.variants import EVENTS, WORDS, Alternative, Terms
from rapport.content import queries as content
from rapport.content.models import Template
from rapport.core.access import Actor

PLACES = "BCDEFGHIJ"
FEWEST = 4  # rows that are offered
WEIGHT = 50  # of each variant, which the API counts the holdout's share beside
TERMS = {"test_share": "share", "test_hours": "hours", "test_event": "event", "test_holdout": "holdout"}


@dataclass(frozen=True, slots=True)
class VariantRow:
    """The fields of one variant, as the page shows them."""

    place: str
    template: Any
    subject: Any
    preheader: Any
    sender_name: Any

    @property
    def is_empty(self) -> bool:
        return not any(bound.value() or bound.errors for bound in self.fields)

    @property
    def fields(self) -> list[Any]:
        return [self.subject, self.preheader, self.sender_name, self.template]


class TestFields(forms.Form):
    """Other subjects, senders or templates, and how the best of them is found. Nothing given: nothing is compared."""

    __test__ = False
    test_share = forms.IntegerField(
        label=gettext_lazy("Test group, percent"), min_value=1, max_value=100, initial=20,
        help_text=gettext_lazy("The rest gets the winner. 100: everybody takes part."),
    )  # fmt: skip
    test_hours = forms.IntegerField(
        label=gettext_lazy("Winner chosen after hours"),
        min_value=1,
        max_value=720,
        initial=24,
        required=False,
    )
    test_event = forms.ChoiceField(label=gettext_lazy("Winner decided by"), choices=EVENTS)
    test_holdout = forms.IntegerField(
        label=gettext_lazy("Control group, percent"), min_value=0, max_value=50, initial=0,
        help_text=gettext_lazy("They get no message, so that its effect shows. 0: nobody."),
    )  # fmt: skip
    places: str

    def prepare_test(self, actor: Actor, campaign: Campaign | None) -> None:
        """A row of fields for each variant there is and some more, and what is planned already."""
        present = planned(campaign)
        for name in TERMS:  # who tests nothing need not say how
            self.fields[name].required = not self.is_bound or self._is_given()
        self.places = PLACES[: max(FEWEST, len(present[0]))]
        templates = content.templates(actor)
        for place in self.places.lower():
            self.fields |= _row(place, templates)
        for place, way in zip(self.places.lower(), present[0], strict=False):
            is_other = campaign is None or way.template.pk != campaign.template_id
            self.initial[f"{place}_template"] = way.template.pk if is_other else None
            for name in WORDS:
                self.initial[f"{place}_{name}"] = getattr(way, name)
        if terms := present[1]:
            count = len(present[0]) + 1
            self.initial.update({name: getattr(terms, of) for name, of in TERMS.items()})
            self.initial["test_holdout"] = _percent(terms.holdout, count)
            field = self.fields["test_event"]
            assert isinstance(field, forms.ChoiceField)
            if terms.event not in dict(EVENTS):
                field.choices = [*EVENTS, (terms.event, terms.event)]

    def _is_given(self) -> bool:
        """Whether the post has a variant."""
        names = [f"{place}_{name}" for place in PLACES.lower() for name in ("template", *WORDS)]
        return any(str(self.data.get(name) or "").strip() for name in names)

    @property
    def variants(self) -> list[VariantRow]:
        names = ("template", *WORDS)
        return [
            VariantRow(place, *(self[f"{place.lower()}_{name}"] for name in names)) for place in self.places
        ]

    @property
    def is_tested(self) -> bool:
        return any(not row.is_empty for row in self.variants)

    def alternatives(self, template: Template) -> list[Alternative]:
        """What was filled in."""
        rows = []
        for place in self.places.lower():
            given = {name: self.cleaned_data.get(f"{place}_{name}", "") for name in WORDS}
            other = self.cleaned_data.get(f"{place}_template")
            if other or any(given.values()):
                rows.append(Alternative(other or template, **given))
        return rows

    def terms(self, count: int, present: Terms | None) -> Terms:
        """With so many variants, the campaign as it is among them."""
        given = {of: self.cleaned_data[name] for name, of in TERMS.items() if self.cleaned_data.get(name)}
        percent = given.pop("holdout", 0)
        given.setdefault("share", 20)
        given["window_days"] = present.window_days if present else 7
        return Terms(**given, holdout=round(WEIGHT * count * percent / (100 - percent)))


def _row(place: str, templates: Any) -> dict[str, forms.Field]:
    return {
        f"{place}_subject": forms.CharField(label=_("Subject"), max_length=254, required=False),
        f"{place}_preheader": forms.CharField(label=_("Preheader"), max_length=254, required=False),
        f"{place}_sender_name": forms.CharField(label=_("Sender name"), max_length=120, required=False),
        f"{place}_template": forms.ModelChoiceField(
            templates, label=_("Template"), required=False, empty_label=_("The same template")
        ),
    }


def planned(campaign: Campaign | None) -> tuple[list[Alternative], Terms | None]:
    """What a campaign is compared with now."""
    test = testing.test_of(campaign) if campaign is not None else None
    if campaign is None or test is None:
        return [], None
    ways = [
        Alternative(row.template, row.subject, row.preheader, row.sender_name)
        for row in testing.variants_of(campaign)[1:]
    ]
    held_back = sum(test.experiment.variants.filter(is_holdout=True).values_list("weight", flat=True))
    return ways, Terms(test.share, test.hours, held_back, test.experiment.event, test.experiment.window_days)


def _percent(weight: int, count: int) -> int:
    return round(100 * weight / (WEIGHT * count + weight))


class ApprovalForm(forms.Form):
    """When four eyes are needed."""

    approve_from = forms.IntegerField(
        label=gettext_lazy("Approval from so many recipients on"), min_value=0, max_value=2_000_000_000, required=False,
        help_text=gettext_lazy("Counted in the segment. Empty: never."),
    )  # fmt: skip
