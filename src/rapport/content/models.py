"""Templates of messages, their published versions, and the links in them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import models
from django.utils import timezone

from rapport.content.landing.models import LandingPage, LandingVersion
from rapport.content.library.models import FONTS, Block, BlockVersion, Brand, Image
from rapport.content.onsite.models import OnSiteExposure, OnSiteMessage
from rapport.content.web.models import FormSubmission, WebForm, WebFormVersion

__all__ = [
    "FONTS",
    "Block",
    "BlockVersion",
    "Brand",
    "FormSubmission",
    "Image",
    "LandingPage",
    "LandingVersion",
    "Link",
    "OnSiteExposure",
    "OnSiteMessage",
    "Template",
    "TemplateVersion",
    "WebForm",
    "WebFormVersion",
    "Written",
]


@dataclass(frozen=True, slots=True)
class Written:
    """What a message says in one language, as somebody wrote it: email's parts, or the fields of another channel."""

    subject: str = ""
    preheader: str = ""
    mjml: str = ""
    text: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class Template(models.Model):
    """A message as somebody edits it. What is sent is always a `TemplateVersion`.

    Email has a subject, MJML and a plain text; the content of other channels is in `fields`, by the names that the
    channel gives. `language` is that of the template's own content; `translations` are {language: what `Written` has},
    for persons who speak these. `key` is what programs call it. An inline one came with a call of the API and stands in
    no list.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=32, default="email")
    fields = models.JSONField(default=dict)
    language = models.CharField(max_length=16, blank=True, default="")
    translations = models.JSONField(default=dict, blank=True)
    is_inline = models.BooleanField(default=False)
    subject = models.CharField(max_length=254)
    preheader = models.CharField(max_length=254, blank=True, default="")
    mjml = models.TextField()
    text = models.TextField(blank=True, default="")
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=254, blank=True, default="")
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def languages(self) -> list[str]:
        """Its own first."""
        return [self.language, *sorted(self.translations)]

    def written(self, language: str = "") -> Written:
        """What it says in a language that it has, or else in its own."""
        if language in self.translations:
            return Written(**self.translations[language])
        return Written(self.subject, self.preheader, self.mjml, self.text, self.fields)

    def last_version(self) -> TemplateVersion | None:
        """Of what it says itself."""
        return self.versions.filter(is_reworded=False).order_by("-version").first()


class TemplateVersion(models.Model):
    """A template as it was when it was last changed, with its compiled skeletons. Never changed.

    `html` and `plain` are Liquid: MJML already turned into HTML, links replaced by tracked ones, plain text
    made where none was written. `fields` are those of other channels as they were written, `compiled` the same with
    tracked links. `translated` is {language: {"subject", "html", "plain", "compiled"}} of the translations. `line` is
    the subject with the brand and the blocks put in, where that was done, and `uses` says in which versions:
    {"brand": 3, "blocks": {key: 2}}. One that `is_reworded` has a subject or a preheader of somebody who only sends it,
    and belongs to no history.
    """

    id = models.BigAutoField(primary_key=True)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    subject = models.CharField(max_length=254)
    preheader = models.CharField(max_length=254, blank=True, default="")
    mjml = models.TextField()
    text = models.TextField(blank=True, default="")
    fields = models.JSONField(default=dict)
    language = models.CharField(max_length=16, blank=True, default="")
    translations = models.JSONField(default=dict, blank=True)
    translated = models.JSONField(default=dict, blank=True)
    compiled = models.JSONField(default=dict)
    line = models.TextField(blank=True, default="")
    uses = models.JSONField(default=dict, blank=True)
    html = models.TextField()
    plain = models.TextField(blank=True, default="")
    is_reworded = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "version"], name="content_version_unique")]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.version}"


class Link(models.Model):
    """A link of a template version, stored so that a redirect's target never comes from the URL."""

    id = models.BigAutoField(primary_key=True)
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.CASCADE, related_name="links")
    position = models.SmallIntegerField()
    url = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template_version", "position"], name="content_link_unique")
        ]

    def __str__(self) -> str:
        return self.url
