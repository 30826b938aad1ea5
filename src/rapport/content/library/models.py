"""What many templates share: images, blocks of content, and the brand."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

FONTS = {
    "inter": "Inter, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
    "helvetica": "Helvetica, Arial, sans-serif",
    "verdana": "Verdana, Geneva, sans-serif",
    "trebuchet": "'Trebuchet MS', 'Segoe UI', Helvetica, sans-serif",
    "georgia": "Georgia, 'Times New Roman', serif",
    "times": "'Times New Roman', Times, serif",
    "courier": "'Courier New', Courier, monospace",
}


class Image(models.Model):
    """An image as messages and pages show it: cleaned, at most `images.WIDEST` pixels wide, and a small one for lists.

    It is shown to whoever knows its address, for ever: messages that were sent point at it. `digest` is the SHA-256 of
    what was uploaded, in hexadecimal.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    alt = models.CharField(max_length=300)
    digest = models.CharField(max_length=64, unique=True)
    path = models.CharField(max_length=200)
    small_path = models.CharField(max_length=200)
    extension = models.CharField(max_length=4)
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Block(models.Model):
    """A piece of content that templates put in by `{{ blocks.KEY }}`. Each change is a `BlockVersion`.

    `translations` is {language: body}; `language` that of the body itself.
    """

    class Kind(models.TextChoices):
        MJML = "mjml", _("Part of an email")
        TEXT = "text", _("Text for any channel")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.MJML)
    body = models.TextField()
    language = models.CharField(max_length=16, blank=True, default="")
    translations = models.JSONField(default=dict, blank=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class BlockVersion(models.Model):
    """A block as it was. Never changed."""

    id = models.BigAutoField(primary_key=True)
    block = models.ForeignKey(Block, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    body = models.TextField()
    translations = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["block", "version"], name="content_block_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.block_id} v{self.version}"


class Brand(models.Model):
    """How everything that is written looks: `{{ brand.primary }}` and so on. There is one row.

    Colours are written #rrggbb; `radius` is in pixels; `voice` is for the people who write. `version` counts changes,
    so that a template knows whether it was compiled with the brand as it is.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(_("Name"), max_length=120, blank=True, default="")
    logo = models.ForeignKey(Image, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    website = models.CharField(_("Website"), max_length=300, blank=True, default="")
    primary = models.CharField(_("Buttons and links"), max_length=7, default="#3b5bdb")
    text = models.CharField(_("Text"), max_length=7, default="#1f2328")
    background = models.CharField(_("Background"), max_length=7, default="#f4f5f7")
    surface = models.CharField(_("Cards"), max_length=7, default="#ffffff")
    font = models.CharField(_("Font"), max_length=16, default="inter")
    radius = models.PositiveSmallIntegerField(_("Rounded corners"), default=8)
    footer = models.CharField(_("Footer"), max_length=500, blank=True, default="")
    voice = models.TextField(_("Voice"), max_length=2_000, blank=True, default="")
    version = models.IntegerField(default=0)
    updated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="content_one_brand")]

    def __str__(self) -> str:
        return self.name
