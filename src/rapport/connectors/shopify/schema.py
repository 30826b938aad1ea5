"""Shopify as a kind of connector: its settings, its records, and how it calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors import meanings
from rapport.connectors.fields import CONSENT_PURPOSE
from rapport.connectors.registry import ConnectorKind, Hooks, Resource, Told
from rapport.connectors.shopify import client, mapping, webhooks
from rapport.connectors.shopify.writing import WRITING
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField("shop", _("Shop"), help=_("Its address in the admin, such as acme.myshopify.com.")),
    SettingField(
        "access_token", _("Admin API access token"), "secret", required=False,
        help=_("Of an app made in the shop's own admin. Leave it empty for an app with a client id."),
    ),
    SettingField("client_id", _("Client id"), required=False),
    SettingField(
        "client_secret", _("Client secret"), "secret",
        help=_("Also called API secret key. Shopify signs its calls with it."),
    ),
    CONSENT_PURPOSE,
)  # fmt: skip


def _resource(
    key: str,
    singular: str,
    label: object,
    read: object,
    gone: Callable[[str], Told] | None = None,
    bought_as: str = "",
    **given: str,
) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key, **given),  # type: ignore[arg-type]
        partial(client.one, resource=key, singular=singular), read, mapping.changed, gone=gone, bought_as=bought_as,  # type: ignore[arg-type]
    )  # fmt: skip


SHOPIFY = ConnectorKind(
    "shopify",
    _("Shopify"),
    _(
        "In Shopify: Settings › Apps › Develop apps. Give the app the rights read_orders, read_all_orders,"
        " read_customers and read_products; without read_all_orders only orders of the last 60 days come. To be"
        " written to, it needs write_customers, write_orders and write_discounts as well."
    ),
    FIELDS,
    (
        _resource(
            "products", "product", _("Products"), mapping.product, gone=meanings.gone, bought_as="product_id"
        ),
        _resource("customers", "customer", _("Customers"), mapping.customer),
        _resource("orders", "order", _("Orders"), mapping.order, status="any"),
        _resource("checkouts", "checkout", _("Checkouts"), mapping.checkout, status="open"),
    ),
    client.open_api,
    client.look,
    client.root_of,
    Hooks(
        "hmac",
        webhooks.heard,
        webhooks.subscribe,
        secret=lambda settings: str(settings.get("client_secret") or ""),
        header="X-Shopify-Hmac-Sha256",
    ),
    writing=WRITING,
)
