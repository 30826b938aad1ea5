"""Forms of relationships, companies and members."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.people.queries import relations as relation_queries
from rapport.people.services.relationships import Tie

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def kind_choices() -> list[tuple[str, str]]:
    """Each kind from both sides: "parent" is to be the parent of the other, "parent:inverse" to be the child."""
    choices = []
    for key, kind in relation_queries.kinds().items():
        # The person of the page is asked what the OTHER is to them.
        choices.append(
            (f"{key}:inverse", str(kind.label)) if not kind.with_company else (key, str(kind.inverse))
        )
        if not kind.is_symmetric and not kind.with_company:
            choices.append((key, str(kind.inverse)))
    return choices


class RelationshipForm(forms.Form):
    """What another person or a company is to this person."""

    kind = forms.ChoiceField(label=_("Relationship"), choices=kind_choices)
    other = forms.UUIDField(
        label=_("Person or company"),
        error_messages={"required": _("Type a name and choose somebody from the list.")},
    )
    since = forms.DateField(label=_("Since"), required=False, widget=DATE)
    until = forms.DateField(label=_("Until"), required=False, widget=DATE)
    note = forms.CharField(label=_("Note"), max_length=254, required=False)

    @property
    def what(self) -> str:
        key = str(self["kind"].value() or "").partition(":")[0]
        kind = relation_queries.kinds().get(key)
        return "company" if kind is not None and kind.with_company else "person"

    def tie(self, person: uuid.UUID) -> Tie:
        """The relationship from the side of the first."""
        data: dict[str, Any] = self.cleaned_data
        key, _sign, inverse = data["kind"].partition(":")
        when = {name: data[name] for name in ("since", "until", "note")}
        if self.what == "company":
            return Tie(key, person, other_company=data["other"], **when)
        if inverse:
            return Tie(key, data["other"], other_person=person, **when)
        return Tie(key, person, other_person=data["other"], **when)


class TypeForm(forms.Form):
    """A kind of relationship of the business's own."""

    label = NameField(label=_("Name"), max_length=80, help_text=_("Such as Godparent."))
    inverse = forms.CharField(
        label=_("Inverse name"),
        max_length=80,
        required=False,
        help_text=_("Such as Godchild. Leave empty when it is the same in both directions."),
    )
    with_company = forms.BooleanField(label=_("With a company instead of a person"), required=False)


class CompanyForm(RevisedForm):
    """A company added or edited by hand."""

    name = NameField(label=_("Name"), max_length=254)
    group_id = forms.CharField(
        label=_("Id"),
        max_length=254,
        required=False,
        help_text=_("The id in group calls of your systems."),
    )
    domains = forms.CharField(
        label=_("Domains"), required=False, help_text=_("Separated by commas, such as example.org.")
    )
    parent = forms.UUIDField(label=_("Belongs to another company"), required=False)

    def domain_list(self) -> list[str]:
        return [part.strip() for part in self.cleaned_data["domains"].split(",") if part.strip()]


class MemberForm(forms.Form):
    """Who belongs to a company, and as what."""

    person = forms.UUIDField(
        label=_("Person"), error_messages={"required": _("Type a name and choose somebody from the list.")}
    )
    role = forms.CharField(label=_("Role"), max_length=120, required=False)
    since = forms.DateField(label=_("Since"), required=False, widget=DATE)
    until = forms.DateField(label=_("Until"), required=False, widget=DATE)
