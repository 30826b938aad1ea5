"""The form of the wallets: shape and words only; what keys have to be is the service's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.loyalty.models import WalletSettings


def _pem(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=20_000, widget=widget, help_text=help_text)


class WalletForm(forms.Form):
    """What signs cards. Keys are written, never shown; an empty one stays as it is."""

    barcode = forms.ChoiceField(label=_("What the till reads"), choices=WalletSettings.Barcode.choices)
    apple_certificate = _pem(
        _("Certificate of the pass type"),
        _("In PEM, and below it Apple's certificate WWDR G4. Empty: no cards for Apple's wallet."),
    )
    apple_key = _pem(_("Its private key"), _("In PEM, without a password. Empty: the one that is there."))
    google_issuer = forms.CharField(
        label=_("Issuer ID"), required=False, max_length=40,
        help_text=_("Google Pay & Wallet Console. Empty: no cards for Google's wallet."),
    )  # fmt: skip
    google_key = _pem(
        _("Key file of a service account"),
        _("The whole JSON; the account is a user of the issuer. Empty: the one that is there."),
    )
