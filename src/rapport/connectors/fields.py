"""Settings that many kinds of connectors have."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.core.setting_fields import SettingField

CONSENT_PURPOSE = SettingField(
    "consent_purpose", _("Purpose of its consents"), required=False,
    help=_("The key of the purpose under Settings › Consent that its newsletter consent stands for; empty: none."),
)  # fmt: skip
