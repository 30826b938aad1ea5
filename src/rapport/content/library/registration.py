"""What images, blocks and the brand add elsewhere: pages, an API, variables of templates, words of the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.content.library.models import Block, Brand, Image
from rapport.content.registry import LIQUID_VARIABLES
from rapport.content.services import variables
from rapport.core import registry
from rapport.core.audit_log import AuditedRecord, named
from rapport.core.audit_log import register as register_audit

OF_IMAGES = {
    "image.added": _("Uploaded the image %(record)s"),
    "image.described": _("Described the image %(record)s"),
    "image.archived": _("Archived the image %(record)s"),
    "image.unarchived": _("Restored the image %(record)s"),
}
OF_BLOCKS = {
    "block.created": _("Created the block %(record)s"),
    "block.changed": _("Saved version %(version)s of the block %(record)s"),
    "block.archived": _("Archived the block %(record)s"),
    "block.unarchived": _("Restored the block %(record)s"),
}


def register() -> None:
    registry.NAVIGATION.register(
        registry.NavEntry(
            "library", _("Library"), "image", "content:images", 62, "templates.view", under="campaigns"
        )
    )
    for prefix, module in (("images", "image_api"), ("blocks", "block_api"), ("brand", "brand_api")):
        registry.API_ROUTERS.register(registry.ApiRouter(f"/{prefix}", f"rapport.content.library.{module}"))
    LIQUID_VARIABLES.register(variables.SEGMENTS)
    LIQUID_VARIABLES.register(variables.PRODUCTS)
    images = named(lambda _actor: Image.objects.all(), "content:image")
    blocks = named(lambda _actor: Block.objects.all(), "content:block")
    register_audit(OF_IMAGES, AuditedRecord("image", _("Image"), images))
    register_audit(OF_BLOCKS, AuditedRecord("content_block", _("Block"), blocks))
    brands = named(lambda _actor: Brand.objects.all(), "")
    register_audit({"brand.changed": _("Changed the brand")}, AuditedRecord("brand", _("Brand"), brands))
