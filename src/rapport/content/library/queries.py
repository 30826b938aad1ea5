"""Reads of images, blocks and the brand."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from rapport.content.library.models import Block, Image
from rapport.content.models import Template
from rapport.core.access import Actor

Row = TypeVar("Row", Image, Block)


def images(actor: Actor, *, text: str = "") -> QuerySet[Image]:
    """Those in use, newest first, of which the name or the alternative text has the `text`. Raises Http404."""
    rows = _seen(actor, Image.objects.filter(archived_at=None)).order_by("-created_at", "id")
    return rows.filter(Q(name__icontains=text) | Q(alt__icontains=text)) if text else rows


def image_for(actor: Actor, image_id: uuid.UUID, *, lock: bool = False) -> Image:
    """Archived ones too. Raises Http404."""
    rows = _seen(actor, Image.objects.all())
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=image_id)


def blocks(actor: Actor) -> QuerySet[Block]:
    """Those in use, newest change first. Raises Http404."""
    return _seen(actor, Block.objects.filter(archived_at=None)).order_by("-updated_at", "id")


def block_for(actor: Actor, block_id: uuid.UUID, *, lock: bool = False) -> Block:
    """Archived ones too. Raises Http404."""
    rows = _seen(actor, Block.objects.all())
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=block_id)


def users_of(actor: Actor, block: Block) -> QuerySet[Template]:
    """Templates whose newest draft, or any version that was published, puts the block in."""
    use = f"blocks.{block.key}"
    drafts = (
        Q(mjml__contains=use) | Q(subject__contains=use) | Q(text__contains=use) | Q(preheader__contains=use)
    )
    drafts |= Q(fields__icontains=use) | Q(translations__icontains=use)
    if not actor.may("templates.view"):
        return Template.objects.none()
    published = Q(versions__uses__blocks__has_key=block.key)
    return (
        Template.objects.filter(drafts | published, archived_at=None, is_inline=False)
        .distinct()
        .order_by("name")
    )


def _seen(actor: Actor, rows: QuerySet[Row]) -> QuerySet[Row]:
    if not actor.may("templates.view"):
        raise Http404
    return rows
