"""Medusa 2 as a kind of connector: its settings and its records. A subscriber in the shop calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors import meanings
from rapport.connectors.fields import CONSENT_PURPOSE
from rapport.connectors.medusa import client, mapping, webhooks
from rapport.connectors.medusa.writing import WRITING
from rapport.connectors.registry import ConnectorKind, Hooks, Resource, Told
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField(
        "address", _("Address of the shop's server"), "url", help=_("Such as https://api.shop.example.")
    ),
    SettingField("secret_key", _("Secret API key"), "secret", help=_("Begins with sk_.")),
    SettingField(
        "webhook_secret", _("Webhook secret"), "secret", required=False,
        help=_("Only for calls: choose a long one, and give it to the subscriber in the shop that the guide has."),
    ),
    CONSENT_PURPOSE,
)  # fmt: skip


def _resource(
    key: str, label: object, read: object, gone: Callable[[str], Told] | None = None, bought_as: str = ""
) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key), partial(client.single, resource=key), read,  # type: ignore[arg-type]
        mapping.changed, gone=gone, bought_as=bought_as,
    )  # fmt: skip


MEDUSA = ConnectorKind(
    "medusa",
    _("Medusa"),
    _(
        "Version 2. In its admin: Settings › Secret API keys › Create. Calls come from a subscriber in the shop's own"
        " code, which the guide has."
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
    Hooks(
        "hmac",
        webhooks.heard,
        webhooks.subscribe,
        secret=webhooks.secret_of,
        header=webhooks.HEADER,
        prefix=webhooks.PREFIX,
    ),
    writing=WRITING,
)
