"""What the states of SMPP answers and receipts mean (SMPP 3.4, 5.1.3 and 5.2.28)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from smpplib import consts

from rapport.channels.incoming import About
from rapport.channels.meanings import Meaning
from rapport.channels.protocol import Outcome, Result

_SLOWLY = Meaning(Result.RETRY, "rate", _("The centre wants fewer messages a second, or a smaller window."))
_LATER = Meaning(Result.RETRY, "temporary", _("The centre has a fault of its own; it is tried again."))
_SENDER = Meaning(
    Result.POLICY, "sender_refused", _("The centre does not take this sender: ask which ones it does.")
)
_SIGN_IN = Meaning(Result.UNREACHABLE, "sign_in", _("Check system id, password and system type."))

MEANINGS = {
    "0x05": Meaning(Result.UNREACHABLE, "sign_in", _("The centre allows no more sessions of this account.")),
    "0x08": _LATER,
    "0x0A": _SENDER,
    "0x0B": Meaning(
        Result.BAD_ADDRESS, "user_unknown", _("The number does not exist, or the centre has no route to it.")
    ),
    "0x0D": _SIGN_IN,
    "0x0E": _SIGN_IN,
    "0x0F": _SIGN_IN,
    "0x14": _SLOWLY,
    "0x48": _SENDER,
    "0x49": _SENDER,
    "0x58": _SLOWLY,
    "0x64": _LATER,
}

_GONE = Meaning(Result.BAD_ADDRESS, "user_unknown", _("The network does not know the number."))
_OFF = Meaning(
    Result.REFUSED,
    "unreachable",
    _("The phone was off or out of reach until the message expired."),
    About.RECIPIENT,
)
_UNDELIVERABLE = Meaning(
    Result.REFUSED, "undeliverable", _("The network could not deliver it."), About.RECIPIENT
)
_REJECTED = Meaning(
    Result.REFUSED,
    "rejected",
    _("The centre or the network rejects the message or its sender."),
    About.SENDER,
)
STATES = {
    "EXPIRED": _OFF,
    "DELETED": _REJECTED,
    "UNDELIV": _UNDELIVERABLE,
    "REJECTD": _REJECTED,
    "UNKNOWN": Meaning(Result.REFUSED, "unknown", _("The network gave no reason.")),
}
NUMBERED = {2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 7: "UNKNOWN", 8: "REJECTD"}
UNKNOWN_SUBSCRIBER = (b"\x03\x00\x01", b"\x03\x00\x09")


def state(name: str, network_error: bytes) -> Meaning | None:
    """What a receipt's state means; None while the message is on its way."""
    if name == "UNDELIV" and network_error in UNKNOWN_SUBSCRIBER:
        return _GONE
    return STATES.get(name)


def outcome(status: int) -> Outcome:
    """Of a message that the centre did not take."""
    code = f"0x{status:02X}"
    words = consts.DESCRIPTIONS.get(status, "a code of the centre's own")
    meaning = MEANINGS.get(code)
    return meaning.outcome(code, words) if meaning else Outcome(Result.REFUSED, code, words)
