"""Stripe as a kind of connector: its settings, its objects, and how it calls."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from rapport.connectors.registry import ConnectorKind, Hooks, Resource
from rapport.connectors.stripe import client, mapping, webhooks
from rapport.core.setting_fields import SettingField

FIELDS = (
    SettingField(
        "secret_key", _("Restricted or secret key"), "secret",
        help=_("Begins with rk_ or sk_. Reading customers, charges, subscriptions and events; writing webhooks."),
    ),
    SettingField(
        "charges_are_orders", _("Charges are orders"), "switch", required=False,
        help=_("Only where nothing else tells of these sales; else every sale would be counted twice."),
    ),
)  # fmt: skip


def _resource(key: str, label: object, read: object) -> Resource:
    return Resource(
        key, label, partial(client.fetch, resource=key, events=webhooks.EVENTS[key]),  # type: ignore[arg-type]
        partial(client.single, resource=key), read, mapping.changed,  # type: ignore[arg-type]
    )  # fmt: skip


STRIPE = ConnectorKind(
    "stripe",
    _("Stripe"),
    _("In Stripe: Developers › API keys › Create restricted key."),
    FIELDS,
    (
        _resource("customers", _("Customers"), mapping.customer),
        _resource("charges", _("Charges"), mapping.charge),
        _resource("subscriptions", _("Subscriptions"), mapping.subscription),
    ),
    client.open_api,
    client.look,
    lambda settings: "stripe",
    Hooks("stripe", webhooks.heard, webhooks.subscribe),
)
