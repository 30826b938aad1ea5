"""Forms of templates: shape and words only; rules are the services'."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rapport.channels.registry import CHANNELS, ChannelKind, ContentField
from rapport.content.models import Template
from rapport.content.services import templates
from rapport.core import languages
from rapport.core.forms.fields import NameField
from rapport.core.forms.revisions import RevisedForm
from rapport.governance.registry import default_channel


class NewTemplateForm(forms.Form):
    name = NameField(label=_("Name"), max_length=120)
    channel = forms.ChoiceField(label=_("Channel"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)
        channel.choices = [(kind.key, kind.label) for kind in CHANNELS]
        channel.initial = default_channel().key


class FieldsForm(RevisedForm):
    """The draft of a channel whose content are fields, under its own names with `field_` before."""

    name = NameField(label=_("Name"), required=False)

    def __init__(self, posted: Any, template: Template, language: str) -> None:
        kind = CHANNELS[template.channel]
        super().__init__(posted, initial=_stored(template, kind, language))
        for field in kind.fields:
            self.fields[f"field_{field.key}"] = _form_field(field)

    @property
    def content(self) -> dict[str, str]:
        """{field of the channel: its text}."""
        return {
            name.removeprefix("field_"): self.cleaned_data[name]
            for name in self.fields
            if name.startswith("field_")
        }


def _stored(template: Template, kind: ChannelKind, language: str) -> dict[str, str]:
    written = template.written(language)
    texts = {f"field_{field.key}": written.fields.get(field.key, "") for field in kind.fields}
    return {"name": template.name, **texts}


def _form_field(field: ContentField) -> forms.Field:
    options: dict[str, Any] = {"label": field.label, "required": False, "help_text": field.help}
    if field.kind == "choice":
        return forms.ChoiceField(**options, choices=field.choices)
    widget = forms.Textarea(attrs={"rows": 6}) if field.kind in {"text", "json"} else forms.TextInput()
    return forms.CharField(**options, widget=widget, strip=field.kind not in {"text", "json"})


class DraftForm(RevisedForm):
    """The draft as the editor posts it, compared as it is stored."""

    name = NameField(label=_("Name"), required=False)
    subject = forms.CharField(label=_("Subject"), required=False)
    preheader = forms.CharField(label=_("Preheader"), required=False)
    mjml = forms.CharField(label=_("The message"), required=False, strip=False)
    text = forms.CharField(label=_("Plain text"), required=False, strip=False)

    def __init__(self, posted: Any, template: Template, language: str) -> None:
        written = template.written(language)
        stored = {name: getattr(written, name) for name in templates.FIELDS[1:]}
        super().__init__(posted, initial={"name": template.name, **stored})

    def clean(self) -> dict[str, Any]:
        self.cleaned_data = templates.tidied(self.cleaned_data)
        return super().clean()


class LanguageForm(forms.Form):
    """A language that a template does not have yet."""

    language = forms.ChoiceField(label=_("Language"))

    def __init__(self, *, taken: Collection[str]) -> None:
        super().__init__()
        field = self.fields["language"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [choice for choice in languages.choices() if choice[0] not in taken]


class TestForm(forms.Form):
    address = forms.CharField(label=_("Send a test to"), max_length=254)
