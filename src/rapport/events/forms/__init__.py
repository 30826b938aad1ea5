"""Forms of the pages under Data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.events.models import Source
from rapport.events.services import sources

# Kinds that send with a write key; the others have pages of their own.
OWN_KEY = (Source.Kind.WEBSITE, Source.Kind.APP, Source.Kind.SERVER, Source.Kind.STORE)


class SourceForm(RevisedForm):
    """What a source is called, what it is, and which websites may use its key."""

    name = NameField(
        label=_("Name"),
        max_length=120,
        help_text=_("How events from here are labelled, such as “Online shop”."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[choice for choice in Source.Kind.choices if choice[0] in OWN_KEY],
        initial=Source.Kind.WEBSITE,
    )
    allowed_origins = forms.CharField(
        label=_("Allowed origins"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "https://shop.example"}),
        help_text=_(
            "One per line. Browsers on other websites are refused; servers are not affected. "
            "Empty means any website."
        ),
    )

    def clean_allowed_origins(self) -> list[str]:
        return sources.origins(self.cleaned_data["allowed_origins"].split())


def initial(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "kind": source.kind,
        "allowed_origins": "\n".join(source.allowed_origins),
    }
