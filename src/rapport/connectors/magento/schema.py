"""Magento 2 as a kind of connector: its settings and its records. It makes no calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors import meanings
from rapport.connectors.fields import CONSENT_PURPOSE
from rapport.connectors.magento import client, mapping
from rapport.connectors.magento.writing import WRITING
from rapport.connectors.registry import ConnectorKind, Resource, Told
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField(
        "shop", _("Address of the shop"), "url", help=_("The site's address, such as https://shop.example.")
    ),
    SettingField("access_token", _("Access token"), "secret", help=_("That of an active integration.")),
    CONSENT_PURPOSE,
)


def _resource(
    key: str, label: object, read: object, gone: Callable[[str], Told] | None = None, bought_as: str = ""
) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key), partial(client.single, resource=key), read,  # type: ignore[arg-type]
        mapping.changed, mapping.identity, gone, bought_as,
    )  # fmt: skip


MAGENTO = ConnectorKind(
    "magento",
    _("Magento 2"),
    _(
        "In Magento: System › Extensions › Integrations, with the resources Sales, Catalog, Customers and Stores; to be"
        " written to, Marketing as well. Allow them as bearer tokens: Stores › Configuration › Services › OAuth."
    ),
    FIELDS,
    (
        _resource("products", _("Products"), mapping.product, gone=meanings.gone, bought_as="sku"),
        _resource("customers", _("Customers"), mapping.customer),
        _resource("orders", _("Orders"), mapping.order),
    ),
    client.open_api,
    client.look,
    client.root_of,
    writing=WRITING,
)
