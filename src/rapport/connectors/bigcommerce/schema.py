"""BigCommerce as a kind of connector: its settings, its records, and how it calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors import meanings
from rapport.connectors.bigcommerce import client, mapping, webhooks
from rapport.connectors.bigcommerce.writing import WRITING
from rapport.connectors.registry import ConnectorKind, Hooks, Resource, Told
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField("store_hash", _("Store hash"), help=_("The part of the API path behind stores/.")),
    SettingField("access_token", _("Access token"), "secret"),
    SettingField(
        "client_secret", _("Client secret"), "secret", help=_("BigCommerce signs its calls with it."),
    ),
)  # fmt: skip


def _resource(
    key: str, label: object, read: object, gone: Callable[[str], Told] | None = None, bought_as: str = ""
) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key), partial(client.single, resource=key), read,  # type: ignore[arg-type]
        mapping.changed, gone=gone, bought_as=bought_as,
    )  # fmt: skip


BIGCOMMERCE = ConnectorKind(
    "bigcommerce",
    _("BigCommerce"),
    _(
        "In BigCommerce: Settings › API › Store-level API accounts. Orders, customers, products and information:"
        " read-only; to be written to, orders, customers and marketing: modify."
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
    Hooks("standard", webhooks.heard, webhooks.subscribe, secret=webhooks.secret_of),
    writing=WRITING,
)
