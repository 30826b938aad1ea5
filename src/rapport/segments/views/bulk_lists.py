"""Putting people who were chosen in the list of people on a list kept by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.core.access import Actor
from rapport.core.ui.lists import BulkEdit
from rapport.people.models import Person
from rapport.segments.models import Segment
from rapport.segments.services import lists


class ListForm(forms.Form):
    """One of the lists there are, or a new one by its name."""

    key = forms.ChoiceField(label=gettext_lazy("List"), required=False)
    new = forms.CharField(label=gettext_lazy("Or a new list named"), max_length=120, required=False)

    def __init__(self, data: QueryDict | None, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["key"].choices = [("", _("Please choose")), *choices]  # type: ignore[attr-defined]
        if not choices:
            del self.fields["key"]

    def clean(self) -> dict[str, Any]:
        given = {"key": "", "new": "", **self.cleaned_data}
        if bool(given["key"]) == bool(given["new"].strip()):
            raise forms.ValidationError(_("Choose a list, or name a new one."))
        return given


class AddToList(BulkEdit):
    """Membership of one list."""

    name = "list"
    label = gettext_lazy("Add to list")
    heading = gettext_lazy("Add to a list")
    icon = "list"
    permission = "segments.edit"

    def form(self, actor: Actor, data: QueryDict | None, query: QueryDict) -> ListForm:
        there = Segment.objects.filter(kind=Segment.Kind.LIST, archived_at=None).order_by("name")
        return ListForm(data, list(there.values_list("key", "name")))

    def settle(self, actor: Actor, form: ListForm) -> dict[str, Any]:
        """The list that is meant; a new one where only a name is given."""
        key, new = form.cleaned_data["key"], form.cleaned_data["new"].strip()
        segment = (
            lists.create_list(actor=actor, name=new)
            if new
            else Segment.objects.filter(key=key, kind=Segment.Kind.LIST, archived_at=None).first()
        )
        if segment is None:
            raise ValidationError(_("Choose one of the lists."))
        return {"key": segment.key, "label": segment.name}

    def describe(self, what: Mapping[str, Any]) -> str:
        url = reverse("segments:segment", args=[what["key"]])
        return format_html('{}: <a href="{}">{}</a>', self.heading, url, what["label"])

    def apply(self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Person]) -> dict[str, Any]:
        """Returns who was not on it before."""
        segment = _list(what)
        if segment is None:
            return {}
        ids = list(rows.values_list("pk", flat=True))
        before = set(segment.memberships.filter(person_id__in=ids).values_list("person_id", flat=True))
        how = _("Selected in People")
        lists.add_people(actor=actor, segment=segment, person_ids=ids, how=how)
        return {str(person): True for person in ids if person not in before}

    def undo(
        self, actor: Actor, what: Mapping[str, Any], rows: QuerySet[Person], before: dict[str, Any]
    ) -> None:
        segment = _list(what)
        if segment is not None:
            ids = list(rows.values_list("pk", flat=True))
            lists.remove_people(actor=actor, segment=segment, person_ids=ids)


def _list(what: Mapping[str, Any]) -> Segment | None:
    return Segment.objects.filter(key=what["key"], kind=Segment.Kind.LIST).first()
