"""Forms of loyalty: shape and words only; rules are the services'."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm, RevisedFormSet
from rapport.core.ui import formats
from rapport.loyalty.models import EarnRule, Entry
from rapport.loyalty.models.programs import TierMeasure, TierPeriod

# A day has to have one before and one after it.
DAYS = [MinValueValidator(dt.date(1900, 1, 1)), MaxValueValidator(dt.date(2999, 12, 31))]
WEEKDAYS = (
    (0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday")), (4, _("Friday")),
    (5, _("Saturday")), (6, _("Sunday")),
)  # fmt: skip


class ProgramForm(RevisedForm):
    """A programme. Its key, beginning and currency are given once."""

    FIXED = ("key", "starts_on", "currency")

    name = NameField(label=_("Name"), max_length=120)
    key = forms.SlugField(
        label=_("Key"),
        max_length=40,
        help_text=_(
            "In addresses, and before the traits: members of “loyalty” have the trait loyalty_points. It stays."
        ),
    )
    starts_on = forms.DateField(
        label=_("Counts orders since"),
        validators=DAYS,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("What was bought earlier gives no points."),
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=formats.currencies,
        help_text=_("Orders in others count by the exchange rate of their day."),
    )
    zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        help_text=_("Points become usable and expire at midnight here, such as Europe/London."),
    )
    enrols_everybody = forms.BooleanField(
        label=_("Everybody who buys is a member"),
        required=False,
        help_text=_(
            "As soon as it is known who they are: by an address, or the number of a customer or a card. Without this, "
            "members join at a till, over the API, or on their profile."
        ),
    )
    return_days = forms.IntegerField(
        label=_("Days until points of an order can be spent"),
        min_value=0,
        max_value=365,
        help_text=_("As long as it can be returned. 0: at once."),
    )
    expiry_months = forms.IntegerField(
        label=_("Months until points expire"),
        min_value=0,
        max_value=240,
        help_text=_("From the purchase. 0: never."),
    )
    point_value = forms.DecimalField(
        label=_("What a point costs you"),
        min_value=0,
        max_digits=12,
        decimal_places=4,
        help_text=_("In the currency, such as 0.01; for the liability report."),
    )
    referral_points = forms.IntegerField(
        label=_("Points for who brings a friend"), min_value=0, max_value=1_000_000, required=False,
        help_text=_("When the friend's first order can no longer be returned. 0: none."),
    )  # fmt: skip
    referred_points = forms.IntegerField(
        label=_("Points for the friend"), min_value=0, max_value=1_000_000, required=False
    )
    referral_most = forms.IntegerField(
        label=_("Friends in a year at most"), min_value=0, max_value=10_000, required=False
    )
    allows_transfers = forms.BooleanField(label=_("Points may be given to another member"), required=False)

    def __init__(self, *args: Any, is_new: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_new:
            for name in self.FIXED:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, default in (("referral_points", 0), ("referred_points", 0), ("referral_most", 20)):
            if name not in self.errors and values.get(name) is None:
                values[name] = default
        return values

    def clean_zone(self) -> str:
        zone: str = self.cleaned_data["zone"].strip()
        if zone not in zoneinfo.available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Write it like Europe/London."))
        return zone


class ListField(forms.CharField):
    """Several texts, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 2}), required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip()[:120] for line in str(value or "").splitlines() if line.strip()]


class RuleForm(RevisedForm):
    """How points are earned."""

    name = NameField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("What for"), choices=EarnRule.Kind.choices)
    points = forms.IntegerField(label=_("Points"), min_value=0, max_value=1_000_000, required=False)
    per_amount = forms.DecimalField(
        label=_("For each amount of"),
        min_value=0,
        max_digits=12,
        decimal_places=4,
        required=False,
        help_text=_("For money spent: 1 point for each 1.00, say."),
    )
    factor = forms.DecimalField(
        label=_("Times as many"),
        min_value=1,
        max_digits=6,
        decimal_places=2,
        required=False,
        help_text=_("For multiplied points: 2 doubles them. Of several, the highest counts."),
    )
    event = forms.CharField(
        label=_("Event"),
        required=False,
        max_length=200,
        help_text=_("Its name, as your server sends it. What a page sends gives no points."),
    )
    most = forms.IntegerField(
        label=_("So often at most"),
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text=_("For an event and one member. 0: each time."),
    )
    products = ListField(label=_("Only these products"), help_text=_("Ids or SKUs, one a line."))
    categories = ListField(
        label=_("Only these categories"), help_text=_("One a line; those below are meant too.")
    )
    brands = ListField(label=_("Only these brands"), help_text=_("One a line."))
    segment = forms.ChoiceField(label=_("Only members of the segment"), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Only on"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    minimum = forms.DecimalField(
        label=_("Only orders from"), min_value=0, max_digits=12, decimal_places=4, required=False
    )
    starts_at = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}), validators=DAYS,
        help_text=_("Empty: since the programme began."),
    )  # fmt: skip
    ends_at = forms.DateField(
        label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}), validators=DAYS
    )
    DEFAULTS = {"points": 0, "per_amount": 1, "factor": 1, "most": 0, "minimum": 0}

    def __init__(self, *args: Any, segments: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["segment"]
        field.choices = [("", _("Everybody")), *segments]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, default in self.DEFAULTS.items():
            if name not in self.errors and values.get(name) is None:
                values[name] = default
        return values


class BookingForm(forms.Form):
    """Points booked by hand. The key makes a form that is sent twice one entry."""

    KINDS = (
        (Entry.Kind.CORRECT, _("Correct: add, or take away with a minus")),
        (Entry.Kind.EARN, _("Give")),
        (Entry.Kind.SPEND, _("Spend")),
    )
    kind = forms.ChoiceField(label=_("What"), choices=KINDS)
    points = forms.IntegerField(label=_("Points"))
    note = forms.CharField(
        label=_("Reason"), max_length=254, help_text=_("It stands on the member's statement.")
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)


class RewardForm(RevisedForm):
    """Something members get for points."""

    name = NameField(label=_("Name"), max_length=120)
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=10**9)
    stock = forms.IntegerField(
        label=_("How many there are"), min_value=0, max_value=10**9, required=False,
        help_text=_("Empty: as many as are wanted."),
    )  # fmt: skip


class CardForm(forms.Form):
    """The number of a card."""

    card_number = forms.CharField(label=_("Card number"), max_length=64)


class TierSettingsForm(RevisedForm):
    """What tiers are reached by, and how they are lost."""

    tier_measure = forms.ChoiceField(label=_("Reached by"), choices=TierMeasure.choices)
    tier_period = forms.ChoiceField(label=_("Collected in"), choices=TierPeriod.choices)
    tier_months = forms.IntegerField(
        label=_("How many months count"), min_value=1, max_value=120, help_text=_("For the last months.")
    )
    tier_grace_days = forms.IntegerField(
        label=_("Days of grace"),
        min_value=0,
        max_value=730,
        help_text=_("So long members keep a tier that they no longer reach."),
    )
    tier_soft_landing = forms.BooleanField(
        label=_("Soft landing: members fall one tier at most in each period"), required=False
    )


class TierRowForm(forms.Form):
    """A tier; one whose name is emptied is taken away."""

    name = forms.CharField(label=_("Tier"), max_length=60, required=False)
    threshold = forms.DecimalField(
        label=_("From"), min_value=0, max_digits=16, decimal_places=4, required=False
    )
    benefits = forms.CharField(
        label=_("What members of it get"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("name") and values.get("threshold") is None and "threshold" not in self.errors:
            self.add_error("threshold", _("From how much is it reached?"))
        return values


TierRows = forms.formset_factory(TierRowForm, formset=RevisedFormSet, extra=2, max_num=12)
