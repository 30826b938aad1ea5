"""What to do about a connector that fails."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rapport.connectors.models import Connector
from rapport.transfers.models import Webhook


def advice_for(connector: Connector) -> str:
    """One sentence; empty when nothing is wrong."""
    match connector.trouble:
        case Connector.Trouble.DENIED:
            return _(
                "Make a new key there, with the rights that the guide names, and enter it in the settings here."
            )
        case Connector.Trouble.UNREACHABLE:
            return _("Check the address, and whether the system runs; it is asked again by itself.")
        case Connector.Trouble.REFUSED:
            return _(
                "Check the address and the rights of the key; a shop in your own network must be allowed first."
            )
        case Connector.Trouble.BROKEN:
            return _(
                "The fault is at the other side; it is asked again by itself. Tell its operator if it lasts."
            )
    return ""


def refusal(hook: Webhook) -> str:
    """Why a call was not taken, and what to do."""
    reason = hook.refused_reason.lower()
    if "timestamp" in reason:
        return _(
            "It was signed too long ago, or one of both clocks is wrong. It is found by looking all the same."
        )
    if "signature" in reason or "header" in reason:
        return _(
            "Its signature is missing or wrong: somebody else called, or the secret there is another one. Have it"
            " entered there again."
        )
    return _("It could not be read: %(why)s") % {"why": hook.refused_reason}
