from rapport.integrations.models.demo import (
    CaughtMail,
    DemoShop,
    ShopAccount,
    ShopEvent,
    ShopOrder,
    ShopOrderLine,
)
from rapport.integrations.models.webhooks import Received, Webhook

__all__ = [
    "CaughtMail",
    "DemoShop",
    "Received",
    "ShopAccount",
    "ShopEvent",
    "ShopOrder",
    "ShopOrderLine",
    "Webhook",
]
