"""Forms of images, blocks and the brand. Their rules are the services'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.content.library.models import FONTS, Block, Brand, Image
from rapport.core.forms.revisions import RevisedForm


class ImageForm(forms.Form):
    image = forms.FileField(
        label=_("File"),
        help_text=_("JPEG, PNG, WebP or GIF, up to 20 MB; it is made as small as mails need."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    alt = forms.CharField(
        label=_("Alternative text"), max_length=300, help_text=_("What is on it, for whoever cannot see it.")
    )


class DescribeForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    alt = forms.CharField(label=_("Alternative text"), max_length=300)


class BlockForm(RevisedForm):
    key = forms.CharField(
        label=_("Key"), max_length=64, help_text=_("Templates put it in by {{ blocks.KEY }}.")
    )
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Block.Kind.choices)
    body = forms.CharField(
        label=_("Content"),
        strip=False,
        help_text=_("MJML sections or components for an email; Liquid works as in templates."),
        widget=forms.Textarea(attrs={"rows": 14, "class": "code", "spellcheck": "false"}),
    )

    def __init__(self, posted: Any = None, *, block: Block | None = None) -> None:
        initial = {"name": block.name, "body": block.body} if block else None
        super().__init__(posted, initial=initial)
        if block is not None:
            del self.fields["key"], self.fields["kind"]
            for language, body in block.translations.items():
                self.fields[f"body_{language}"] = forms.CharField(
                    label=_("Content in %(language)s") % {"language": language}, initial=body, required=False,
                    strip=False, widget=forms.Textarea(attrs={"rows": 8, "class": "code"}),
                )  # fmt: skip

    def translations(self) -> dict[str, str]:
        return {
            name.removeprefix("body_"): text
            for name, text in self.cleaned_data.items()
            if name.startswith("body_")
        }


class BrandForm(RevisedForm, forms.ModelForm):  # type: ignore[type-arg]
    font = forms.ChoiceField(label=_("Font"))
    logo = forms.ModelChoiceField(
        label=_("Logo"),
        queryset=Image.objects.none(),
        required=False,
        empty_label=_("No logo"),
        help_text=_("Upload it among the images first."),
    )

    class Meta:
        model = Brand
        fields = (
            "name", "logo", "website", "primary", "text", "background", "surface", "font", "radius", "footer",
            "voice",
        )  # fmt: skip
        help_texts = {
            "footer": _(
                "What stands under every mail beside the postal address: who you are, a company number."
            ),
            "voice": _("How you write, for everybody who writes: formal or not, words you use and avoid."),
            "radius": _("In pixels."),
        }
        widgets = {
            **{
                name: forms.TextInput(attrs={"type": "color"})
                for name in ("primary", "text", "background", "surface")
            },
            "voice": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        font, logo = self.fields["font"], self.fields["logo"]
        assert isinstance(font, forms.ChoiceField)
        assert isinstance(logo, forms.ModelChoiceField)
        font.choices = [(key, family.split(",")[0].strip("'")) for key, family in FONTS.items()]
        logo.queryset = Image.objects.filter(archived_at=None).order_by("name")

    def _post_clean(self) -> None:
        """The service checks and writes; the row of the form is not to change before."""
