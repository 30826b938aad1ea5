"""Forms of the settings area. They check what was typed; services decide and write."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.core.forms.widgets import LongSelect
from rapport.core.services import branding
from rapport.core.services.preferences import THEMES
from rapport.core.ui import formats

THEME_LABELS = {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}


@lru_cache(maxsize=1)
def zones() -> list[tuple[str, str]]:
    """The IANA zones people live in."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if _lived_in(name)]


def _lived_in(name: str) -> bool:
    return name == "UTC" or ("/" in name and not name.startswith(("Etc/", "posix/", "right/", "SystemV/")))


class ProfileForm(forms.Form):
    name = NameField(label=_("Name"), max_length=120, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, widget=LongSelect)
    locale = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Theme"), choices=[(name, THEME_LABELS[name]) for name in THEMES])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("As the business")), *zones()]


class BrandingForm(forms.Form):
    brand_color = forms.RegexField(
        r"^#[0-9a-fA-F]{6}\Z",
        label=_("Colour"),
        required=False,
        help_text=_("As #1a73e8. It is darkened or lightened until text in it can be read."),
        error_messages={"invalid": _("Write the colour like #1a73e8.")},
    )
    logo = forms.FileField(label=_("Logo"), required=False, help_text=_("PNG, JPEG or WebP, at most 200 KB."))
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    def clean_logo(self) -> bytes | None:
        upload = self.cleaned_data["logo"]
        if not upload:
            return None
        picture: bytes = upload.read(branding.LARGEST + 1)
        try:
            branding.kind_of(picture)
        except branding.InvalidLogo as error:
            raise forms.ValidationError(_("Choose a PNG, JPEG or WebP picture of at most 200 KB.")) from error
        return picture


class WorkspaceForm(RevisedForm):
    name = NameField(label=_("Name of the business"), max_length=120)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Days and reports begin and end in it."), widget=LongSelect
    )
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Phone numbers without a prefix are read as of this country."),
        widget=LongSelect,
    )
    currency = forms.ChoiceField(label=_("Currency"), widget=LongSelect)
    postal_address = forms.CharField(
        label=_("Postal address"),
        max_length=254,
        required=False,
        help_text=_("Shown at the foot of every marketing email; most countries require it."),
    )
    privacy_url = forms.URLField(
        assume_scheme="https",
        label=_("Privacy notice"),
        required=False,
        max_length=200,
        help_text=_("Its address. Receipts of consent name it."),
    )
    unowned_for_all = forms.BooleanField(
        label=_("Records without an owner and a team are visible to everyone"),
        required=False,
        help_text=_("Otherwise only roles that see all records see them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {"time_zone": zones(), "country": formats.countries(), "currency": formats.currencies()}
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            stored = str(self.initial.get(name) or "")
            field.choices = choices if not stored or stored in dict(choices) else [(stored, stored), *choices]
