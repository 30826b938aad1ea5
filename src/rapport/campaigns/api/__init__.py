"""The REST API of campaigns."""

from rapport.campaigns.api import results
from rapport.campaigns.api.campaigns import router

__all__ = ["results", "router"]
