from rapport.integrations.models.demo import (
    CaughtMail,
    DemoShop,
    ShopAccount,
    ShopEvent,
    ShopOrder,
    ShopOrderLine,
)
from rapport.integrations.models.files import FileFeed, FileRowError, FileRun
from rapport.integrations.models.webhooks import Received, Webhook

__all__ = [
    "CaughtMail",
    "DemoShop",
    "FileFeed",
    "FileRowError",
    "FileRun",
    "Received",
    "ShopAccount",
    "ShopEvent",
    "ShopOrder",
    "ShopOrderLine",
    "Webhook",
]
