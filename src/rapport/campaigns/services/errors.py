"""What campaigns refuse."""

from __future__ import annotations


class CampaignError(ValueError):
    """The campaign cannot do that now; `field` names the part to correct, if there is one."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
