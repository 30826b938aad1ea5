"""The REST API of campaigns."""

from rapport.campaigns.api import results
from rapport.campaigns.api.campaigns import router
from rapport.campaigns.api.rules import router as rules_router

router.add_router("", rules_router)

__all__ = ["results", "router"]
