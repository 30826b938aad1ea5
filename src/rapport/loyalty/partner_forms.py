"""The form of a partner: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.core.models import ApiKey
from rapport.loyalty.models import EarningPartner


class PartnerForm(RevisedForm):
    """A partner. Its key is given once."""

    name = NameField(label=_("Name"), max_length=120)
    key = forms.SlugField(
        label=_("Key"), max_length=40, help_text=_("In the address that it calls. It stays.")
    )
    api_key = forms.ModelChoiceField(
        ApiKey.objects.none(), label=_("API key"), required=False, empty_label=_("None yet"),
        help_text=_("With the permission to book points as a partner, and no other."),
    )  # fmt: skip
    point_price = forms.DecimalField(
        label=_("What it pays for a point"), min_value=0, max_digits=12, decimal_places=4, initial=0
    )
    most_points = forms.IntegerField(
        label=_("Points at once at most"), min_value=1, max_value=10**9, initial=1_000
    )
    most_a_day = forms.IntegerField(
        label=_("For a member in a day at most"),
        min_value=0,
        max_value=10**9,
        initial=0,
        help_text=_("0: no limit."),
    )
    most_a_month = forms.IntegerField(
        label=_("Altogether in a month at most"),
        min_value=0,
        max_value=10**9,
        initial=0,
        help_text=_("0: no limit."),
    )
    ended = forms.BooleanField(label=_("It has ended"), required=False)

    def __init__(self, *args: Any, partner: EarningPartner | None = None, **options: Any) -> None:
        if partner is not None:
            values = {name: getattr(partner, name) for name in self.base_fields if name != "ended"}
            options["initial"] = values | {"ended": partner.archived_at is not None}
        super().__init__(*args, **options)
        field = self.fields["api_key"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ApiKey.objects.filter(revoked_at=None).order_by("name")
        if partner is not None:
            del self.fields["key"]
        else:
            del self.fields["ended"]
