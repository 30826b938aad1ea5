"""The form of an on-site message. Its rules are the service's."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.content.onsite.models import OnSiteMessage
from rapport.content.web.models import WebForm
from rapport.segments.queries import segments

# In the order in which they are decided.
STEPS = (
    (_("What"), ("name", "format", "title", "body", "image", "url", "label", "color", "form")),
    (_("Where"), ("place", "slot", "segment", "pages")),
    (_("When"), ("trigger", "trigger_at", "most_times", "pause_hours", "starts_at", "ends_at", "priority")),
)
# Fields that only some formats have, and those that only some triggers have.
FORMATS = {"place": "banner", "slot": "slot", "form": "modal"}
TRIGGERS = {"trigger_at": "time scroll"}


class Step(NamedTuple):
    """Some fields, each with the formats and triggers that have it."""

    title: Any
    fields: list[tuple[forms.BoundField, str, str]]


class OnSiteForm(forms.ModelForm):  # type: ignore[type-arg]
    segment = forms.ChoiceField(
        label=_("Segment"),
        required=False,
        help_text=_("Only people in it, recognised with their consent; otherwise every visitor."),
    )

    form = forms.ChoiceField(
        label=_("Form inside"),
        required=False,
        help_text=_("In a dialog: whoever sends it does not see it again."),
    )

    class Meta:
        model = OnSiteMessage
        fields = (
            "name", "format", "place", "slot", "title", "body", "image", "url", "label", "color", "form",
            "trigger", "trigger_at", "segment", "pages", "priority", "most_times",
            "pause_hours", "starts_at", "ends_at",
        )  # fmt: skip
        labels = {
            "name": _("Name"),
            "format": _("Format"),
            "place": _("Position"),
            "slot": _("Element"),
            "title": _("Title"),
            "body": _("Text"),
            "image": _("Image"),
            "url": _("Link"),
            "label": _("Link label"),
            "color": _("Colour of the link"),
            "trigger": _("When it appears"),
            "trigger_at": _("Seconds or percent"),
            "pages": _("Pages"),
            "priority": _("Priority"),
            "most_times": _("Times shown at most"),
            "pause_hours": _("Hours until it is shown again"),
            "starts_at": _("From"),
            "ends_at": _("Until"),
        }
        help_texts = {
            "slot": _(
                "The id or class of an element that your pages have, such as #offer, or the name of a slot."
            ),
            "trigger": _(
                "Where no pointer can leave the page, on telephones, quick scrolling back counts as leaving."
            ),
            "title": _("Personal values work as in mails: {{ person.first_name | default: 'there' }}"),
            "pages": _(
                "One pattern a line, such as /shop/* or !/checkout*; every page if nothing is entered."
            ),
            "priority": _("Of several that could be shown, the highest is."),
        }
        widgets = {
            "title": forms.TextInput(attrs={"placeholder": _("Free delivery this week")}),
            "body": forms.Textarea(attrs={"rows": 4}),
            "pages": forms.Textarea(attrs={"rows": 3}),
            "color": forms.TextInput(attrs={"placeholder": "#0b6bcb"}),
            "starts_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            "ends_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["trigger_at"].required = False
        inside = self.fields["form"]
        assert isinstance(inside, forms.ChoiceField)
        open_forms = WebForm.objects.exclude(live_at=None).order_by("name")
        inside.choices = [("", "–"), *open_forms.values_list("key", "name")]
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", _("Every visitor")),
            *sorted(segments.names().items(), key=lambda pair: pair[1]),
        ]

    @property
    def steps(self) -> list[Step]:
        """All fields, by what they decide."""
        return [
            Step(title, [(self[name], FORMATS.get(name, ""), TRIGGERS.get(name, "")) for name in names])
            for title, names in STEPS
        ]

    def clean_trigger_at(self) -> int:
        return self.cleaned_data["trigger_at"] or 0
