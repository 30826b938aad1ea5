"""Orders that what was sent may have brought, for statements that join them to persons."""

from __future__ import annotations

from rapport.commerce.models import Order

_GONE = ", ".join(f"'{state.value}'" for state in Order.NOT_STANDING)
# SQL: the orders of somebody that stand.
STANDING = f"""SELECT id, person_id, net, currency, placed_at FROM commerce_order
    WHERE state NOT IN ({_GONE}) AND person_id IS NOT NULL"""
