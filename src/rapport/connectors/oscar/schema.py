"""django-oscar as a kind of connector: its settings and its records. It makes no calls."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors.oscar import client, mapping
from rapport.connectors.oscar.writing import WRITING
from rapport.connectors.registry import ConnectorKind, Resource
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField("address", _("Address of the API"), "url", help=_("Such as https://shop.example/api.")),
    SettingField(
        "username", _("User name"), help=_("Of a member of staff who may see orders, products and users.")
    ),
    SettingField("password", _("Password"), "secret"),
)


def _resource(key: str, path: str, label: object, read: object, bought_as: str = "") -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=path), partial(client.single, resource=path), read,  # type: ignore[arg-type]
        mapping.changed, bought_as=bought_as,
    )  # fmt: skip


OSCAR = ConnectorKind(
    "oscar",
    _("django-oscar"),
    _(
        "Needs django-oscar-api in the shop, with OSCARAPI_BLOCK_ADMIN_API_ACCESS = False and basic authentication."
    ),
    FIELDS,
    (
        _resource("products", "products", _("Products"), mapping.product, bought_as="variant_id"),
        _resource("customers", "users", _("Customers"), mapping.customer),
        _resource("orders", "orders", _("Orders"), mapping.order),
    ),
    client.open_api,
    client.look,
    client.root_of,
    writing=WRITING,
)
