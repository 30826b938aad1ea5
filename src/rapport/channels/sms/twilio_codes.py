"""Twilio's error codes (https://www.twilio.com/docs/api/errors) that say more than that a message was refused."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.incoming import About
from rapport.channels.meanings import Meaning
from rapport.channels.protocol import Result

_SIGN_IN = Meaning(Result.UNREACHABLE, "sign_in", _("Check the account SID and the auth token."))
_NO_SUCH_NUMBER = Meaning(Result.BAD_ADDRESS, "user_unknown", _("The number does not exist or takes no SMS."))
_SENDER = Meaning(
    Result.POLICY,
    "sender_refused",
    _("The account may not use this sender: check the number or the messaging service."),
)
_REGION = Meaning(
    Result.REFUSED,
    "region",
    _("Allow messages to this country in the provider's geographic permissions."),
    About.SENDER,
)
_REGISTER = Meaning(
    Result.POLICY,
    "unregistered",
    _("Register the sender and the campaign at the provider (A2P 10DLC, toll-free, sender id)."),
)
_FILTERED = Meaning(
    Result.POLICY,
    "filtered",
    _("The network took it for spam: check the text, its links and the sender's registration."),
    About.CONTENT,
)
_OFF = Meaning(Result.REFUSED, "unreachable", _("The phone is off or out of reach."), About.RECIPIENT)
_FULL = Meaning(
    Result.RETRY, "queue_full", _("The provider's queue is full: send more slowly, or over more numbers.")
)
_SLOWLY = Meaning(Result.RETRY, "rate", _("The account sends faster than it may: set messages a second."))
_SUSPENDED = Meaning(Result.POLICY, "suspended", _("The account is suspended: ask the provider."))
_TEXT = Meaning(Result.REFUSED, "content", _("The text is too long or cannot be sent."), About.CONTENT)

MEANINGS = {
    "20003": _SIGN_IN,
    "20005": _SUSPENDED,
    "20404": Meaning(Result.UNREACHABLE, "sign_in", _("Check the account SID and the address of the API.")),
    "20429": _SLOWLY,
    "14107": _SLOWLY,
    "21211": _NO_SUCH_NUMBER,
    "21214": _NO_SUCH_NUMBER,
    "21217": _NO_SUCH_NUMBER,
    "21614": _NO_SUCH_NUMBER,
    "21265": _NO_SUCH_NUMBER,
    "21212": _SENDER,
    "21603": _SENDER,
    "21606": _SENDER,
    "21659": _SENDER,
    "21660": _SENDER,
    "21661": _SENDER,
    "21701": _SENDER,
    "21703": _SENDER,
    "21704": _SENDER,
    "21408": _REGION,
    "21612": _REGION,
    "21609": Meaning(
        Result.POLICY,
        "callback",
        _("The provider cannot call us: RAPPORT_PUBLIC_URL must be a public https address."),
    ),
    "21610": Meaning(Result.WITHDRAWN, "withdrawn", _("The person has said STOP to this sender.")),
    "21611": _FULL,
    "21602": _TEXT,
    "21605": _TEXT,
    "21617": _TEXT,
    "30001": _FULL,
    "30002": _SUSPENDED,
    "30003": _OFF,
    "30004": Meaning(
        Result.REFUSED, "blocked", _("The phone or its network blocks this message."), About.RECIPIENT
    ),
    "30005": _NO_SUCH_NUMBER,
    "30006": Meaning(Result.BAD_ADDRESS, "landline", _("A landline, or a network that takes no SMS.")),
    "30007": _FILTERED,
    "30008": Meaning(Result.REFUSED, "unknown", _("The network gave no reason.")),
    "30010": Meaning(
        Result.REFUSED, "price", _("The message costs more than the account's highest price."), About.SENDER
    ),
    "30022": _SLOWLY,
    "30023": _SLOWLY,
    "30024": _REGISTER,
    "30032": _REGISTER,
    "30034": _REGISTER,
    "30035": _REGISTER,
    "30450": Meaning(Result.REFUSED, "pumping", _("The provider suspects artificial traffic."), About.SENDER),
    "30453": Meaning(Result.REFUSED, "pumping", _("The provider suspects artificial traffic."), About.SENDER),
}
