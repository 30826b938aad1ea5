"""The form of a social post: shape and words only; rules are the services'."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.campaigns import queries
from rapport.campaigns.models import SocialPost
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm


class SocialPostForm(RevisedForm):
    """What, where, with which images, and when. Every account has a text of its own, empty for the common one."""

    unrevised = ("image", "alt", "when", "at")

    text = forms.CharField(
        label=_("Text"), required=False, max_length=70_000, widget=forms.Textarea(attrs={"rows": 6})
    )
    accounts = forms.TypedMultipleChoiceField(
        label=_("Accounts"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    name = NameField(
        label=_("Name"),
        required=False,
        max_length=120,
        help_text=_("For your own lists; without one, the first line of the text."),
    )
    image = forms.FileField(
        label=_("Add an image"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    alt = forms.CharField(
        label=_("What is on it (alternative text)"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For whoever cannot see it. Nothing is published without."),
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=(("now", _("Now")), ("later", _("At a time"))),
        initial="now",
        required=False,
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=_("Date and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, post: SocialPost | None = None, **options: Any) -> None:
        present = {row.account_id: row.text for row in getattr(post, "own_publications", ())}
        self.images = list(post.images.order_by("pk")) if post else []
        self.usable = queries.posting_accounts()
        chosen = list(present) if post else [account.pk for account in self.usable]
        initial: dict[str, Any] = {"accounts": chosen}
        if post is not None:
            initial |= {"name": post.name, "text": post.text}
        options["initial"] = initial | options.get("initial", {})
        super().__init__(*args, **options)
        field = self.fields["accounts"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (account.pk, f"{queries.network_of(account).label}: {account.name}") for account in self.usable
        ]
        for account in self.usable:
            self.fields[f"text_{account.pk}"] = forms.CharField(
                label=account.name,
                required=False,
                max_length=70_000,
                initial=present.get(account.pk, ""),
                widget=forms.Textarea(attrs={"rows": 3}),
            )
        for image in self.images:
            self.fields[f"alt_{image.pk}"] = forms.CharField(
                label=_("What is on it (alternative text)"),
                required=False,
                max_length=4000,
                initial=image.alt,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            self.fields[f"remove_{image.pk}"] = forms.BooleanField(label=_("Remove"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == "later" and not cleaned.get("at") and "at" not in self.errors:
            self.add_error("at", _("Choose a date and time."))
        if cleaned.get("image") and not (cleaned.get("alt") or "").strip():
            self.add_error("alt", _("Say what is on the image, for whoever cannot see it."))
        return cleaned

    def value_of(self, name: str) -> Any:
        """What is entered, or stands there already."""
        if self.is_bound:
            return self.cleaned_data.get(name) or ""
        return self.get_initial_for_field(self.fields[name], name) or ""

    @property
    def chosen(self) -> dict[int, str]:
        """{account: its own text} of the accounts that are chosen, entered or present."""
        return {int(pk): self.value_of(f"text_{pk}") for pk in self.value_of("accounts") or ()}

    @property
    def alternatives(self) -> dict[int, str]:
        """{image: what is said to be on it}."""
        return {image.pk: str(self.value_of(f"alt_{image.pk}")) for image in self.images}

    @property
    def removed(self) -> set[int]:
        return {image.pk for image in self.images if self.value_of(f"remove_{image.pk}")}

    @property
    def publish_at(self) -> dt.datetime | None:
        """The chosen time, or None for now."""
        chosen: dt.datetime | None = self.cleaned_data["at"] if self.cleaned_data["when"] == "later" else None
        return chosen

    @property
    def own_texts(self) -> list[forms.BoundField]:
        return [self[f"text_{account.pk}"] for account in self.usable]

    @property
    def has_own_texts(self) -> bool:
        return any(bound.value() or bound.errors for bound in self.own_texts)

    @property
    def pictures(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """(image, its alternative text, whether it is to go)."""
        return [(image, self[f"alt_{image.pk}"], self[f"remove_{image.pk}"]) for image in self.images]


class AnswerForm(forms.Form):
    reply_id = 0
    text = forms.CharField(label=_("Answer"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 2}))
