"""Reads of templates and their versions."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from rapport.content.models import Brand, Image, Link, Template, TemplateVersion
from rapport.core.access import Actor


def templates(actor: Actor, *, archived: bool = False) -> QuerySet[Template]:
    """Templates in use (or the archived ones), newest change first."""
    return (
        _visible(actor)
        .filter(archived_at__isnull=not archived, is_inline=False)
        .order_by("-updated_at", "id")
    )


def template_for(actor: Actor, template_id: uuid.UUID, *, lock: bool = False) -> Template:
    """Raises Http404."""
    visible = _visible(actor)
    return get_object_or_404(visible.select_for_update() if lock else visible, pk=template_id)


def template_named(actor: Actor, name: str) -> Template | None:
    """The template of this id or key, unless it is archived."""
    try:
        wanted = Q(pk=uuid.UUID(name))
    except ValueError:
        wanted = Q(key=name)
    return _visible(actor).filter(wanted, archived_at=None).first()


def version_for(actor: Actor, template_id: uuid.UUID, version: int) -> TemplateVersion:
    """Raises Http404."""
    template = template_for(actor, template_id)
    return get_object_or_404(TemplateVersion, template=template, version=version)


def links(version_id: int) -> QuerySet[Link]:
    """The tracked links of a version, in the order in which they stand in it."""
    return Link.objects.filter(template_version_id=version_id).order_by("position")


def image_url(image: Image, *, small: bool = False) -> str:
    """Its public address."""
    rendition = f"{'small' if small else 'full'}.{image.extension}"
    return settings.PUBLIC_URL + reverse("content:image-file", args=[image.pk, rendition])


def brand() -> Brand:
    """As it is now, or as it would be."""
    return Brand.objects.select_related("logo").first() or Brand()


def _visible(actor: Actor) -> QuerySet[Template]:
    if not actor.may("templates.view"):
        raise Http404
    return Template.objects.all()
