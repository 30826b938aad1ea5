"""The errors of Messenger's and Instagram's Send API (developers.facebook.com/docs/messenger-platform/error-codes)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.incoming import About
from rapport.channels.meanings import Meaning
from rapport.channels.protocol import Result

SIGN_IN = Meaning(
    Result.UNREACHABLE, "sign_in", _("The access token is no longer valid: make one of a system user.")
)
PERMISSION = Meaning(
    Result.POLICY, "permission", _("The app lacks a permission: see its app review and the page's roles.")
)
RATE = Meaning(Result.RETRY, "rate", _("The account sends faster than it may: set messages a second."))
POLICY = Meaning(
    Result.POLICY,
    "policy",
    _("Meta has restricted the account: see Account quality in the Business Manager."),
)
LATER = Meaning(Result.RETRY, "temporary", _("Meta has a fault of its own; it is tried again."))
_NOBODY = Meaning(
    Result.BAD_ADDRESS, "user_unknown", _("The person has deleted the account, or the id is of another page.")
)
_WINDOW = Meaning(
    Result.REFUSED, "window", _("More than 24 hours since the person's last message: only a tag allows it.")
)
_AWAY = Meaning(
    Result.REFUSED,
    "unavailable",
    _("The person cannot be written to now; they may have blocked the page."),
    About.RECIPIENT,
)

MEANINGS = {
    "190": SIGN_IN,
    "102": SIGN_IN,
    "10/2018278": _WINDOW,
    "10/2534022": _WINDOW,
    "100/2018001": _NOBODY,
    "100/2534014": _NOBODY,
    "551": _AWAY,
    "200/1545041": _AWAY,
    "10/2018108": _AWAY,
    "200/2018065": _WINDOW,
    "10": PERMISSION,
    "200": PERMISSION,
    "299": PERMISSION,
    "4": RATE,
    "32": RATE,
    "613": RATE,
    "80006": RATE,
    "368": POLICY,
    "1200": LATER,
    "-1": LATER,
    "2": LATER,
}
