"""The REST API of campaigns."""

from rapport.campaigns.api.campaigns import router

__all__ = ["router"]
