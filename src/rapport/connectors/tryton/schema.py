"""Tryton, an ERP, as a kind of connector: its settings and its records. It makes no calls."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors.registry import ConnectorKind, Resource
from rapport.connectors.tryton import client, mapping
from rapport.connectors.tryton.writing import WRITING
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField(
        "address", _("Address with the database"), "url", help=_("Such as https://erp.example/company.")
    ),
    SettingField(
        "username", _("User name"), help=_("Of a user who may see parties, products, sales, stock and invoices.")
    ),
    SettingField("password", _("Password"), "secret"),
    SettingField(
        "categories", _("Only parties of these categories"), required=False,
        help=_("Names with commas between; empty: all parties, suppliers as well."),
    ),
)  # fmt: skip


def _resource(key: str, label: object, read: object) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key), partial(client.single, resource=key), read,  # type: ignore[arg-type]
        mapping.changed,
    )  # fmt: skip


TRYTON = ConnectorKind(
    "tryton",
    _("Tryton"),
    _("An ERP. Make a user for Rapport there, with a company, and a password of its own."),
    FIELDS,
    (
        _resource("products", _("Products"), mapping.product),
        _resource("customers", _("Parties"), mapping.customer),
        _resource("orders", _("Orders"), mapping.order),
    ),
    client.open_api,
    client.look,
    client.root_of,
    writing=WRITING,
)
