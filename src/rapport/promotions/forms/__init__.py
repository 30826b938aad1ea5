"""Forms of promotions: shape and words only; rules are the services'."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField, needed
from rapport.core.forms.revisions import RevisedForm
from rapport.promotions.models import Promotion
from rapport.promotions.services import codes
from rapport.promotions.services.promotions import FIELDS
from rapport.segments.models import Segment

_MOMENT = "%Y-%m-%dT%H:%M"


class LinesField(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return list(dict.fromkeys(line.strip() for line in str(value or "").splitlines() if line.strip()))

    def prepare_value(self, value: Any) -> str:
        return "\n".join(value) if isinstance(value, list) else str(value or "")

    def run_validators(self, value: Any) -> None:
        """Lines have no rule of their own."""


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    return forms.DateTimeField(label=label, required=False, widget=widget)


def _amount(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, max_digits=19, decimal_places=4, help_text=help_text
    )


def _number(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=1, max_value=2_000_000_000, help_text=help_text
    )


class PromotionForm(RevisedForm):
    """What somebody gets and under which conditions."""

    name = NameField(label=_("Name"), max_length=120)
    key = forms.CharField(
        label=_("Key"), max_length=40, required=False,
        help_text=_(
            "Its name in templates and programs, such as spring: {{ coupon.spring }}. It stays."
            " Empty: made of the name."
        ),
    )  # fmt: skip
    description = forms.CharField(label=_("Note"), max_length=500, required=False)
    kind = forms.ChoiceField(label=_("What they get"), choices=Promotion.Kind.choices)
    percent = needed(
        forms.DecimalField(label=_("Percent off"), required=False, max_digits=7, decimal_places=4)
    )
    amount = needed(_amount(_("Amount off")))
    currency = forms.CharField(
        label=_("Currency"),
        max_length=3,
        required=False,
        help_text=_("Three letters, such as EUR; needed for amounts, a minimum and a budget."),
    )
    most_discount = _amount(_("At most off"))
    free_quantity = needed(_number(_("Free pieces"), _("Of a free product: the cheapest ones.")))
    products = LinesField(
        label=_("Products"), required=False, help_text=_("Ids or SKUs, one a line. Empty: all products.")
    )
    categories = LinesField(
        label=_("Categories"),
        required=False,
        help_text=_("Paths, one a line, with all below: Home > Kitchen."),
    )
    minimum = _amount(_("Minimum"), _("What these products must come to."))
    minimum_quantity = _number(_("Minimum pieces"))
    segment = forms.ModelChoiceField(
        Segment.objects.none(), label=_("Segment"), required=False, empty_label=_("Everybody")
    )
    first_order = forms.BooleanField(label=_("Only for a first order"), required=False)
    combines = forms.BooleanField(
        label=_("May be used together with others"), required=False,
        help_text=_("With such as may, too. A promotion counts once in an order."),
    )  # fmt: skip
    starts_at = _moment(_("Begins"))
    ends_at = _moment(_("Ends"))
    issuing = forms.ChoiceField(
        label=_("What people are issued"), choices=Promotion.Issuing.choices, initial="single"
    )
    valid_days = _number(_("Days a code holds after it was issued"))
    remind_days = _number(
        _("Days before its end to remind"), _("The event Coupon Expiring tells of an unused code.")
    )
    person_limit = _number(_("Uses per person"))
    total_limit = _number(_("Uses altogether"))
    budget = _amount(_("Budget"), _("What all discounts together may come to."))

    def __init__(self, *args: Any, promotion: Promotion | None = None, **options: Any) -> None:
        if promotion is not None:
            options["initial"] = {name: getattr(promotion, name) for name in FIELDS}
        super().__init__(*args, **options)
        if promotion is not None:
            del self.fields["key"]
        field = self.fields["segment"]
        assert isinstance(field, forms.ModelChoiceField)
        own = promotion.segment_id if promotion else None
        field.queryset = Segment.objects.filter(Q(archived_at=None) | Q(pk=own)).order_by("name")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if "key" in self.fields and not given.get("key", "").strip():
            given["key"] = slugify(given.get("name", "")).replace("-", "_").lstrip("0123456789_")[:40]
        return given

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        given = {name: self.cleaned_data[name] for name in FIELDS}
        return given | {"free_quantity": given["free_quantity"] or 1}


class GenerateForm(forms.Form):
    """Single codes in number."""

    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000_000, initial=1000)
    length = forms.IntegerField(
        label=_("Random characters"), min_value=codes.SHORTEST, max_value=codes.LONGEST, initial=codes.USUAL
    )
    begin = forms.CharField(label=_("They begin with"), required=False, max_length=20)


class AddCodeForm(forms.Form):
    """One code of the business's own wording."""

    code = forms.CharField(label=_("Code"), max_length=64)
    max_uses = _number(_("Uses altogether"), _("Empty: as often as the promotion allows."))


class CodesFileForm(forms.Form):
    """A shop's codes."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV with a column code, and if needed max_uses (0: shared) and expires_at."),
    )


class TrialForm(forms.Form):
    """A code, a person and a cart, to see whether it holds."""

    code = forms.CharField(label=_("Code"), max_length=64)
    person = forms.CharField(
        label=_("Person"),
        max_length=254,
        required=False,
        help_text=_("An email address, or an identifier type:value."),
    )
    currency = forms.CharField(label=_("Currency"), max_length=3)
    products = forms.CharField(
        label=_("Cart"), widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One product a line, with its category if needed: 2 x 9.95 P1; Home > Kitchen"),
    )  # fmt: skip
    shipping = forms.DecimalField(
        label=_("Shipping"), required=False, min_value=0, max_digits=12, decimal_places=4
    )

    LINE = re.compile(r"(?:(\d{1,6}(?:\.\d+)?)\s*[x×*]\s*)?(\d{1,9}(?:\.\d{1,4})?)\s*([^;]*)(?:;(.*))?")

    def clean_products(self) -> list[tuple[str, str, str, str]]:
        """[(quantity, price, product, category)]."""
        lines = []
        for line in self.cleaned_data["products"].splitlines():
            match = self.LINE.fullmatch(line.strip())
            if line.strip() and match is None:
                raise forms.ValidationError(
                    _("“%(line)s” is not like 2 x 9.95 P1."), params={"line": line[:60]}
                )
            if match:
                quantity, price, product, category = match.groups(default="")
                lines.append((quantity or "1", price, product.strip(), category.strip()))
        return lines
