"""Medusa 2 as a kind of connector: its settings and its records. It makes no calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors import meanings
from rapport.connectors.medusa import client, mapping
from rapport.connectors.medusa.writing import WRITING
from rapport.connectors.registry import ConnectorKind, Resource, Told
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField(
        "address", _("Address of the shop's server"), "url", help=_("Such as https://api.shop.example.")
    ),
    SettingField("secret_key", _("Secret API key"), "secret", help=_("Begins with sk_.")),
)


def _resource(key: str, label: object, read: object, gone: Callable[[str], Told] | None = None) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key), partial(client.single, resource=key), read,  # type: ignore[arg-type]
        mapping.changed, gone=gone,
    )  # fmt: skip


MEDUSA = ConnectorKind(
    "medusa",
    _("Medusa"),
    _("Version 2. In its admin: Settings › Secret API keys › Create."),
    FIELDS,
    (
        _resource("products", _("Products"), mapping.product, gone=meanings.gone),
        _resource("customers", _("Customers"), mapping.customer),
        _resource("orders", _("Orders"), mapping.order),
    ),
    client.open_api,
    client.look,
    client.root_of,
    writing=WRITING,
)
