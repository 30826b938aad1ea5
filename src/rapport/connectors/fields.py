"""Settings that many kinds of connectors have, and what the fields of customers are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rapport.core.setting_fields import SettingField

CONSENT_PURPOSE = SettingField(
    "consent_purpose", _("Purpose of imported consents"), required=False,
    help=_("The key of the purpose under Settings › Consent that its newsletter consent stands for; empty: none."),
)  # fmt: skip

_FIELDS = {
    "name": _("Name"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "city": _("City"),
    "postal_code": _("Postal code"),
    "country": _("Country"),
    "tags": _("Tags"),
    "consent:email": pgettext_lazy("field", "Consent by email"),
    "consent:sms": pgettext_lazy("field", "Consent by SMS"),
}


def field_label(name: str) -> str:
    return str(_FIELDS.get(name, name))
