"""The REST API of campaigns and templates."""

from rapport.messaging.api.campaigns import router

__all__ = ["router"]
