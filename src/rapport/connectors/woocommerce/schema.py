"""WooCommerce as a kind of connector: its settings, its records, and how it calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors import meanings
from rapport.connectors.fields import CONSENT_PURPOSE
from rapport.connectors.registry import ConnectorKind, Hooks, Resource, Told
from rapport.connectors.woocommerce import client, mapping, webhooks
from rapport.connectors.woocommerce.writing import WRITING
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField(
        "shop", _("Address of the shop"), "url", help=_("The site's address, such as https://shop.example.")
    ),
    SettingField("consumer_key", _("Consumer key"), help=_("Begins with ck_.")),
    SettingField("consumer_secret", _("Consumer secret"), "secret", help=_("Begins with cs_.")),
    CONSENT_PURPOSE,
)


def _resource(
    key: str, label: object, read: object, gone: Callable[[str], Told] | None = None, bought_as: str = ""
) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key), partial(client.single, resource=key), read,  # type: ignore[arg-type]
        mapping.changed, gone=gone, bought_as=bought_as,
    )  # fmt: skip


WOOCOMMERCE = ConnectorKind(
    "woocommerce",
    _("WooCommerce"),
    _(
        "In WordPress: WooCommerce › Settings › Advanced › REST API › Add key, with the permissions Read/Write."
    ),
    FIELDS,
    (
        _resource("products", _("Products"), mapping.product, gone=meanings.gone, bought_as="product_id"),
        _resource("customers", _("Customers"), mapping.customer),
        _resource("orders", _("Orders"), mapping.order),
    ),
    client.open_api,
    client.look,
    client.root_of,
    Hooks("hmac", webhooks.heard, webhooks.subscribe, header="X-WC-Webhook-Signature"),
    writing=WRITING,
)
