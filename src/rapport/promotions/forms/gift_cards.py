"""Forms of gift cards: shape and words only; rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.channels.registry import CHANNELS
from rapport.content.models import Template
from rapport.core.forms.revisions import RevisedForm
from rapport.governance.registry import default_channel
from rapport.promotions.forms import LinesField
from rapport.promotions.models import GiftCardRules

_MOMENT = "%Y-%m-%dT%H:%M"
POST = "post"


def _moment(label: Any, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=help_text)


class NewCardForm(forms.Form):
    """A card, for whom, and when it is sent."""

    amount = forms.DecimalField(label=_("Amount"), min_value=0, max_digits=19, decimal_places=4)
    currency = forms.CharField(label=_("Currency"), max_length=3)
    person = forms.CharField(
        label=_("Person"), max_length=254, required=False,
        help_text=_("Who has it: an email address, or an identifier type:value. Empty: nobody yet."),
    )  # fmt: skip
    expires_at = _moment(_("Ends"), _("Empty: as the rules say."))
    deliver_at = _moment(_("To be sent on"), _("Empty: you hand it over yourself."))
    channel = forms.ChoiceField(label=_("Sent by"))
    recipient_email = forms.EmailField(
        label=_("To another address"), required=False,
        help_text=_("Of somebody it is a present for; empty: to the person's own."),
    )  # fmt: skip
    recipient_name = forms.CharField(label=_("Name of whom it is for"), max_length=120, required=False)
    giver_name = forms.CharField(label=_("Name of who gives it"), max_length=120, required=False)
    greeting = forms.CharField(
        label=_("Greeting"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        keys = (default_channel().key, POST)
        field.choices = [(key, CHANNELS[key].label) for key in keys if key in CHANNELS]


class AdjustForm(forms.Form):
    """A correction by hand."""

    amount = forms.DecimalField(
        label=_("Add, or take off with a minus"), max_digits=19, decimal_places=4, min_value=-(10**9)
    )
    note = forms.CharField(label=_("Why"), max_length=254)
    key = forms.CharField(widget=forms.HiddenInput, max_length=40)


class RulesForm(RevisedForm):
    """What sells gift cards, when they end, and what the messages with them look like."""

    products = LinesField(
        label=_("Products that sell one"), required=False,
        help_text=_("Ids or SKUs, one a line. Each piece of an order is a card for what it costs."),
    )  # fmt: skip
    country = forms.CharField(
        label=_("Country whose law holds"), max_length=2, required=False,
        help_text=_(
            "Two letters. In AT, AU, DE, IE and US the law says how long a card holds at least; in CA for ever."
        ),
    )  # fmt: skip
    months = forms.IntegerField(
        label=_("Months a card holds"), required=False, min_value=1, max_value=1200,
        help_text=_("Never less than the law says. Empty: as the law says, or for ever where it says nothing."),
    )  # fmt: skip
    template = forms.ModelChoiceField(
        Template.objects.none(), label=_("Template of the email"), required=False, empty_label=_("Ours"),
        help_text=_("It can say {{ gift_card.code }}, amount, ends, greeting, giver and recipient."),
    )  # fmt: skip
    post_template = forms.ModelChoiceField(
        Template.objects.none(), label=_("Template by post"), required=False, empty_label=_("None")
    )

    def __init__(self, *args: Any, rules: GiftCardRules, **options: Any) -> None:
        names = ("products", "country", "months", "template", "post_template")
        options["initial"] = {name: getattr(rules, name) for name in names}
        super().__init__(*args, **options)
        for name, channel in (("template", default_channel().key), ("post_template", POST)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Template.objects.filter(channel=channel, archived_at=None).order_by("name")

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].strip().upper()
        return country
