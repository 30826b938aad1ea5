"""Sources of other kinds over REST: the routers of the parts, as one."""

from __future__ import annotations

from ninja import Router

from rapport.integrations.feeds import api_webhooks

router = Router()
router.add_router("", api_webhooks.router)
