"""What goes wrong with wallets."""

from __future__ import annotations

from rapport.core.services.outbound import Answer


class Failed(Exception):
    """A wallet's server refused; the message says what it said."""

    def __init__(self, wallet: str, answer: Answer) -> None:
        super().__init__(f"{wallet}: {answer.status} {' '.join(answer.text.split())[:200]}")


class NotAdmitted(Failed):
    """Its server does not let us in at all."""
