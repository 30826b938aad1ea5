"""The REST API of campaigns."""

from rapport.campaigns.api import results
from rapport.campaigns.api.campaigns import router
from rapport.campaigns.api.kinds import router as kinds_router

router.add_router("", kinds_router)

__all__ = ["results", "router"]
