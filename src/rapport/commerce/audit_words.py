"""What the audit log calls what is done in commerce."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from rapport.commerce.models import Catalogue, Order, OrderFile, OrderSettings, ProductFeed
from rapport.core.access import Actor
from rapport.core.audit_log import AuditedRecord, named, register

ACTIONS = {
    "order_file.reverted": _("Took back what the file %(record)s told of orders"),
    "order_file.started": _("Imported orders from the file %(record)s"),
    "order_file.uploaded": _("Uploaded the file of orders %(record)s"),
    "exchange_rates.put": _("Added exchange rates"),
    "order.counted_again": _("Counted again what an event said of the order %(record)s"),
    "order.left_out": _("Left out what an event said of the order %(record)s"),
    "order.reassigned": _("Gave the order %(record)s to another customer"),
    "order.rebuilt": _("Read the events of the order %(record)s again"),
    "order.told": _("Told of the order %(record)s over the API"),
    "order_rules.changed": _("Changed the rules about orders and carts"),
    "orders.rebuilt": _("Had all orders rebuilt from events"),
    "product_feed.created": _("Created the product feed %(record)s"),
    "product_feed.mapped": _("Changed the mapping of the product feed %(record)s"),
    "product_feed.missing_dropped": _("Took off what was missing in a file of the feed %(record)s"),
    "product_feed.missing_kept": _("Kept what was missing in a file of the feed %(record)s"),
    "product_feed.reverted": _("Took back what a file of the feed %(record)s changed"),
    "product_feed.uploaded": _("Uploaded a file to the product feed %(record)s"),
    "products.put": _("Changed products of the catalogue %(record)s"),
}


def _rules(_actor: Actor) -> QuerySet[OrderSettings]:
    return OrderSettings.objects.all()


def register_words() -> None:
    for_orders = named(lambda _actor: Order.objects.all(), "commerce:order", label="number")
    for_feeds = named(lambda _actor: ProductFeed.objects.all(), "commerce:feed")
    register(
        ACTIONS,
        AuditedRecord("order", _("Order"), for_orders),
        AuditedRecord(
            "order_file",
            _("File of orders"),
            named(lambda _actor: OrderFile.objects.all(), "commerce:order-file"),
        ),
        AuditedRecord("order_settings", _("Rules about orders"), named(_rules, label="")),
        AuditedRecord("catalogue", _("Catalogue"), named(lambda _actor: Catalogue.objects.all())),
        AuditedRecord("product_feed", _("Product feed"), for_feeds),
    )
