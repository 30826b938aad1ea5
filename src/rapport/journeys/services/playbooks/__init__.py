"""Ready journeys. Each is registered by name, so that a higher app may bring more."""

from rapport.journeys.services.playbooks import buying, greeting, keeping
from rapport.journeys.services.playbooks.books import PLAYBOOKS, Playbook

__all__ = ["PLAYBOOKS", "Playbook", "register"]


def register() -> None:
    for module in (greeting, buying, keeping):
        for playbook in module.PLAYBOOKS:
            PLAYBOOKS.register(playbook)
