"""Forms about users, roles and API keys. They check what was typed; services decide and write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core import queries
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.core.models import Role
from rapport.core.permissions import PERMISSIONS, Grants, Permission, Reach
from rapport.core.services.ownership import Assignment

PREFIX = "grant:"


class RolesForm(RevisedForm):
    """Which of some roles a user has."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Permissions add up; the widest reach applies."),
    )

    def __init__(self, *args: Any, choices: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["roles"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(role.key, str(role)) for role in choices]


class UserForm(RolesForm):
    email = forms.EmailField(label=_("Email address"), max_length=254)
    name = NameField(label=_("Name"), max_length=120, required=False)
    field_order = ("email", "name", "roles")


class GrantsForm(RevisedForm):
    """A matrix of permissions: a tick, or a reach where the permission has one.

    `limit` is what may be granted; the rest is shown, and cannot be chosen.
    """

    def __init__(
        self, *args: Any, limit: Grants, granted: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for permission in PERMISSIONS:
            field = _grant_field(permission, limit.get(permission.name))
            field.initial = (granted or {}).get(permission.name, "")
            self.fields[PREFIX + permission.name] = field

    def matrix(self) -> list[tuple[str, list[tuple[Permission, forms.BoundField]]]]:
        """(heading, its permissions with their fields)."""
        return [
            (str(group), [(permission, self[PREFIX + permission.name]) for permission in members])
            for group, members in groupby(PERMISSIONS, key=lambda permission: permission.group)
        ]

    def grants(self) -> dict[str, str]:
        return {
            name.removeprefix(PREFIX): str(value if isinstance(value, str) else Reach.ALL)
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX) and value
        }


def _grant_field(permission: Permission, limit: Reach | None) -> forms.Field:
    if not permission.has_reach:
        return forms.BooleanField(label=str(permission.label), required=False, disabled=limit is None)
    offered = [reach for reach in Reach if limit is not None and reach.width <= limit.width]
    shown = list(Reach) if limit is None else offered
    choices = [("", _("No")), *((reach.value, reach.label) for reach in shown)]
    return forms.ChoiceField(
        label=str(permission.label), required=False, choices=choices, disabled=limit is None
    )


class RoleForm(GrantsForm):
    name = NameField(label=_("Name"), max_length=80)
    description = forms.CharField(label=_("What it is for"), max_length=254, required=False)


class KeyForm(GrantsForm):
    name = NameField(
        label=_("Name"), max_length=120, help_text=_("What will use the key: “till”, “website”.")
    )
    role = forms.ChoiceField(
        label=_("Permissions of a role"),
        required=False,
        help_text=_("The key gets what the role allows today. Or choose one by one below."),
    )
    expires_at = forms.DateTimeField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, choices: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("None")), *((role.key, str(role)) for role in choices)]


class AssignmentForm(forms.Form):
    """An owner and a team; "" leaves what there is, "none" takes it away."""

    owner = forms.ChoiceField(label=_("Owner"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("owner", queries.owner_choices()), ("team", queries.team_choices())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Leave as it is")), ("none", _("Nobody")), *choices]

    def assignment(self) -> Assignment:
        to: Assignment = {}
        if owner := self.cleaned_data["owner"]:
            to["owner_id"] = None if owner == "none" else int(owner)
        if team := self.cleaned_data["team"]:
            to["team_id"] = None if team == "none" else int(team)
        return to


class TeamForm(RevisedForm):
    name = NameField(label=_("Name"), max_length=80)
    description = forms.CharField(label=_("What it does"), max_length=254, required=False)
    members = forms.MultipleChoiceField(
        label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["members"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = queries.owner_choices()


class WhyForm(forms.Form):
    """A record, and one user or all."""

    NOT_FOUND = _("There is no such record, or you may not see it.")

    record = forms.CharField(
        label=_("Record"),
        required=False,
        max_length=400,
        help_text=_("The address of its page, or its id."),
    )
    user = forms.ChoiceField(label=_("User"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["user"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Everybody")), *queries.owner_choices()]
