"""The fields that say what begins a campaign, over which channels, and at which hours."""

from __future__ import annotations

from typing import Any

from babel.dates import get_day_names
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.campaigns.models import Campaign, CampaignRule
from rapport.campaigns.services.conditions import OPERATORS
from rapport.campaigns.services.rules import rule_of
from rapport.content import queries as content
from rapport.content.models import Template
from rapport.core.access import Actor
from rapport.core.forms.settings import zones
from rapport.core.forms.widgets import LongSelect
from rapport.core.queries import workspace
from rapport.core.ui import formats

UNITS = (("1", gettext_lazy("Minutes")), ("60", gettext_lazy("Hours")), ("1440", gettext_lazy("Days")))
FALLBACKS = ("fallback", "fallback_2")


class KindFields(forms.Form):
    """What begins it. Only those of the chosen kind are looked at."""

    unit = forms.ChoiceField(
        label=gettext_lazy("Repeats in"), choices=CampaignRule.Unit.choices, required=False
    )
    every = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=365, required=False)
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On"), required=False, widget=forms.CheckboxSelectMultiple
    )
    month_day = forms.IntegerField(
        label=gettext_lazy("Day of the month"), min_value=1, max_value=31, required=False,
        help_text=gettext_lazy("31 is the last day of each month."),
    )  # fmt: skip
    time = forms.TimeField(
        label=gettext_lazy("At"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False, widget=LongSelect)
    event = forms.CharField(
        label=gettext_lazy("Event"), max_length=200, required=False,
        help_text=gettext_lazy("Such as Order Completed. It must happen from now on."),
    )  # fmt: skip
    conditions = forms.CharField(
        label=gettext_lazy("Only if"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("One a line: total above 50. Also: is, is_not, contains, below."),
    )  # fmt: skip
    delay = forms.IntegerField(label=gettext_lazy("Wait"), min_value=0, required=False)
    delay_unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=UNITS, required=False)
    again_days = forms.IntegerField(
        label=gettext_lazy("Again after days"), min_value=0, max_value=3_660, required=False,
        help_text=gettext_lazy("Empty: each person once, ever. 0: each time."),
    )  # fmt: skip
    fallback = forms.ModelChoiceField(
        Template.objects.none(), label=gettext_lazy("If it does not reach somebody"), required=False,
        empty_label=gettext_lazy("Nothing else"),
        help_text=gettext_lazy("A template of another channel. Each person gets one message."),
    )  # fmt: skip
    fallback_2 = forms.ModelChoiceField(
        Template.objects.none(), label=gettext_lazy("And if that does not either"), required=False,
        empty_label=gettext_lazy("Nothing else"),
    )  # fmt: skip
    is_local = forms.BooleanField(
        label=gettext_lazy("By the clock of each recipient"), required=False,
        help_text=gettext_lazy("Nine o'clock is nine o'clock where they live."),
    )  # fmt: skip
    per_hour = forms.IntegerField(
        label=gettext_lazy("At most an hour"), min_value=1, max_value=10_000_000, required=False,
        help_text=gettext_lazy("Spreads a large audience. Empty: as fast as it goes."),
    )  # fmt: skip
    window_from = forms.TimeField(
        label=gettext_lazy("Only from"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )  # fmt: skip
    window_until = forms.TimeField(
        label=gettext_lazy("until"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )  # fmt: skip
    folder = forms.CharField(label=gettext_lazy("Folder"), max_length=60, required=False)
    tags = forms.CharField(
        label=gettext_lazy("Tags"), max_length=400, required=False, help_text=gettext_lazy("With commas.")
    )

    def prepare(self, actor: Actor) -> None:
        """Fills in what there is to choose."""
        names = get_day_names("wide", locale=formats.locale())
        self._offer("weekdays", [(str(day), names[day]) for day in range(7)])
        self._offer("zone", zones())
        templates = content.templates(actor)
        for name in FALLBACKS:
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = templates

    def _offer(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_conditions(self) -> list[dict[str, str]]:
        rows = []
        for line in self.cleaned_data["conditions"].splitlines():
            words = line.split(maxsplit=2)
            if not words:
                continue
            if len(words) < 3 or words[1] not in OPERATORS:
                raise ValidationError(
                    _("“%(line)s”: write property, comparison, value.") % {"line": line[:80]}
                )
            rows.append(dict(zip(("property", "operator", "value"), words, strict=True)))
        return rows

    def clean_tags(self) -> list[str]:
        return [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]

    def rule_values(self) -> dict[str, Any]:
        """As the service takes them."""
        given = self.cleaned_data
        return {
            "unit": given["unit"] or None,
            "every": given["every"],
            "weekdays": [int(day) for day in given["weekdays"]],
            "month_day": given["month_day"],
            "at": given["time"],
            "zone": given["zone"],
            "event": given["event"],
            "conditions": given["conditions"],
            "delay_minutes": (given["delay"] or 0) * int(given["delay_unit"] or 1),
            "again_days": given["again_days"],
        }

    def ways(self) -> list[tuple[str, Template]]:
        """The other channels, in order."""
        chosen = [self.cleaned_data[name] for name in FALLBACKS]
        return [(template.channel, template) for template in chosen if template]


def kind_initial(campaign: Campaign | None) -> dict[str, Any]:
    """What the fields show of a campaign."""
    shown: dict[str, Any] = {
        "unit": "week", "every": 1, "month_day": 1, "zone": workspace().time_zone, "delay": 0, "delay_unit": "1",
    }  # fmt: skip
    if campaign is None:
        return shown
    names = ("is_local", "per_hour", "window_from", "window_until", "folder")
    shown |= {name: getattr(campaign, name) for name in names} | {"tags": ", ".join(campaign.tags)}
    shown |= dict(
        zip(FALLBACKS, (row.template_id for row in campaign.fallbacks.order_by("position")), strict=False)
    )
    rule = rule_of(campaign)
    if rule is None:
        return shown
    written = ("unit", "every", "month_day", "zone", "event")
    return shown | {
        **{name: getattr(rule, name) or shown.get(name, "") for name in written},
        "again_days": rule.again_days,
        "weekdays": [str(day) for day in rule.weekdays],
        "time": rule.at,
        "conditions": "\n".join(
            f"{row['property']} {row['operator']} {row['value']}" for row in rule.conditions
        ),
        **_delay(rule.delay_minutes),
    }


def _delay(minutes: int) -> dict[str, Any]:
    """In the largest unit that it is a whole number of."""
    unit = next(size for size in (1440, 60, 1) if minutes % size == 0) if minutes else 1
    return {"delay": minutes // unit, "delay_unit": str(unit)}
