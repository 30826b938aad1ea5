"""Ready mappings for systems whose payloads are known, each with the sample their documentation shows.

Orders have no message id of their own: a payload is known by its content, so a later one of the same order is news.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Preset:
    """`signing` is how the system proves itself; `header` where its signature stands."""

    name: str
    title: str | Promise
    mapping: dict[str, Any]
    sample: dict[str, Any]
    signing: str = "none"
    header: str = ""
    prefix: str = ""
    headers: dict[str, str] = field(default_factory=dict)


_LINES = "list(product_id=product_id | text, sku=sku, name=name, price=price | number, quantity=quantity)"
_SHOPIFY = Preset(
    "shopify",
    _("Shopify order"),
    {
        "type": "'track'",
        "event": "$headers.x-shopify-topic | default('orders/create') | names(orders/create=Order Completed, "
        "orders/updated=Order Updated, orders/paid=Order Paid, orders/cancelled=Order Cancelled, "
        "orders/fulfilled=Order Shipped)",
        "email": "email",
        "phone": "phone",
        "timestamp": "updated_at | default(created_at)",
        "external_ids": {"shopify": "customer.id | text"},
        "properties": {
            "order_id": "name",
            "total": "total_price | number",
            "tax": "total_tax | number",
            "discount": "total_discounts | number",
            "currency": "currency",
            "products": f"line_items | {_LINES}",
        },
        "traits": {"first_name": "customer.first_name", "last_name": "customer.last_name"},
    },
    {
        "id": 820982911946154508,
        "name": "#9999",
        "email": "jon@example.com",
        "phone": None,
        "created_at": "2026-01-31T11:02:03-05:00",
        "currency": "USD",
        "total_price": "398.00",
        "total_tax": "0.00",
        "total_discounts": "20.00",
        "customer": {"id": 115310627314723954, "first_name": "Jon", "last_name": "Smith"},
        "line_items": [
            {
                "product_id": 788032119674292922,
                "sku": "SKU2006-001",
                "name": "Teapot",
                "price": "199.00",
                "quantity": 2,
            }
        ],
    },
    signing="hmac",
    header="X-Shopify-Hmac-Sha256",
)
_STRIPE = Preset(
    "stripe",
    _("Stripe charge"),
    {
        "when": ["type = charge.succeeded"],
        "type": "'track'",
        "event": "'Payment Succeeded'",
        "email": "data.object.billing_details.email",
        "timestamp": "created",
        "message_id": "id",
        "external_ids": {"stripe": "data.object.customer"},
        "properties": {
            "payment_id": "data.object.id",
            "total": "data.object.amount | minor(data.object.currency)",
            "currency": "data.object.currency | upper",
            "description": "data.object.description",
        },
        "traits": {"name": "data.object.billing_details.name"},
    },
    {
        "id": "evt_1NG8Du2eZvKYlo2CUI79vXWy",
        "object": "event",
        "type": "charge.succeeded",
        "created": 1768473600,
        "data": {
            "object": {
                "id": "ch_3MmlLrLkdIwHu7ix0snN0B15",
                "amount": 1099,
                "currency": "eur",
                "customer": "cus_9s6XKzkNRiz8i3",
                "description": "Order 1042",
                "billing_details": {"email": "jenny@example.com", "name": "Jenny Rosen"},
            }
        },
    },
    signing="stripe",
    header="Stripe-Signature",
)
_WOO = Preset(
    "woocommerce",
    _("WooCommerce order"),
    {
        "when": ["id"],
        "type": "'track'",
        "event": "$headers.x-wc-webhook-topic | default('order.created') | names(order.created=Order Completed, "
        "order.updated=Order Updated)",
        "email": "billing.email",
        "timestamp": "date_modified_gmt | default(date_created_gmt)",
        "properties": {
            "order_id": "number",
            "total": "total | number",
            "currency": "currency",
            "status": "status",
            "products": f"line_items | {_LINES}",
        },
        "traits": {
            "first_name": "billing.first_name",
            "last_name": "billing.last_name",
            "country": "billing.country",
        },
    },
    {
        "id": 727,
        "number": "727",
        "order_key": "wc_order_58d2d042d1d",
        "status": "processing",
        "currency": "GBP",
        "date_created_gmt": "2026-03-22T19:28:02",
        "total": "29.35",
        "billing": {"first_name": "Ann", "last_name": "Doe", "country": "GB", "email": "ann.doe@example.com"},
        "line_items": [{"name": "Mug", "product_id": 93, "sku": "MUG", "quantity": 2, "price": 14.675}],
    },
    signing="hmac",
    header="X-WC-Webhook-Signature",
)
_TYPEFORM = Preset(
    "typeform",
    _("Typeform response"),
    {
        "when": ["event_type = form_response"],
        "type": "'track'",
        "event": "'Form Submitted'",
        "email": "form_response.hidden.email | default(form_response.answers[0].email)",
        "timestamp": "form_response.submitted_at",
        "message_id": "form_response.token",
        "properties": {
            "form_id": "form_response.form_id",
            "form": "form_response.definition.title",
            "answers": "form_response.answers | list(question=field.ref, text=text, email=email, number=number, "
            "choice=choice.label, yes=boolean)",
        },
    },
    {
        "event_id": "LtWXD3crgy",
        "event_type": "form_response",
        "form_response": {
            "form_id": "lT4Z3j",
            "token": "a3a12ec67a1365927098a606107fac15",
            "submitted_at": "2026-01-18T18:17:02Z",
            "definition": {"id": "lT4Z3j", "title": "How did we do?"},
            "answers": [
                {
                    "type": "email",
                    "email": "laura@example.com",
                    "field": {"id": "SMEUb7VJz92Q", "ref": "email"},
                },
                {"type": "number", "number": 9, "field": {"id": "kNn0ZdbHBMfT", "ref": "score"}},
            ],
        },
    },
    signing="hmac",
    header="Typeform-Signature",
    prefix="sha256=",
)
_CALENDLY = Preset(
    "calendly",
    _("Calendly booking"),
    {
        "type": "'track'",
        "event": "event | names(invitee.created=Meeting Booked, invitee.canceled=Meeting Cancelled)",
        "email": "payload.email",
        "timestamp": "created_at",
        "properties": {
            "meeting": "payload.scheduled_event.name",
            "starts_at": "payload.scheduled_event.start_time",
            "reason": "payload.cancellation.reason",
        },
        "traits": {"name": "payload.name"},
    },
    {
        "event": "invitee.created",
        "created_at": "2026-02-11T15:00:00.000000Z",
        "payload": {
            "email": "sam@example.com",
            "name": "Sam Jones",
            "scheduled_event": {"name": "First consultation", "start_time": "2026-02-20T10:00:00.000000Z"},
        },
    },
)
_GENERIC = Preset(
    "generic",
    _("Anything else"),
    {
        "type": "'track'",
        "event": "event",
        "user_id": "user_id",
        "email": "email",
        "timestamp": "timestamp",
        "message_id": "id | text",
        "properties": {"value": "value"},
    },
    {
        "id": "9f2c",
        "event": "Appointment Booked",
        "user_id": "4711",
        "email": "ada@example.org",
        "timestamp": "2026-02-11T15:00:00Z",
        "value": 1,
    },
)
PRESETS = {preset.name: preset for preset in (_SHOPIFY, _STRIPE, _WOO, _TYPEFORM, _CALENDLY, _GENERIC)}
