"""What the audit log calls what is done in commerce."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.commerce.models import Catalogue, ProductFeed
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "catalogue.created": _("Created the catalogue %(record)s"),
    "product_feed.created": _("Created the feed of products %(record)s"),
    "product_feed.mapped": _("Changed the mapping of the feed of products %(record)s"),
    "product_feed.missing_dropped": _("Took off what was missing in a file of the feed %(record)s"),
    "product_feed.missing_kept": _("Kept what was missing in a file of the feed %(record)s"),
    "product_feed.uploaded": _("Uploaded a file to the feed of products %(record)s"),
    "products.put": _("Changed products of the catalogue %(record)s"),
}


def register_words() -> None:
    for_catalogues = named(lambda _actor: Catalogue.objects.all())
    for_feeds = named(lambda _actor: ProductFeed.objects.all(), "commerce:feed")
    register(
        ACTIONS,
        AuditedRecord("catalogue", _("Catalogue"), for_catalogues),
        AuditedRecord("product_feed", _("Feed of products"), for_feeds),
    )
