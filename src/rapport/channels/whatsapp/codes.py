"""The errors of the WhatsApp Cloud API (developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rapport.channels.incoming import About
from rapport.channels.meanings import Meaning
from rapport.channels.meta.codes import LATER, PERMISSION, POLICY, RATE, SIGN_IN
from rapport.channels.protocol import Result

_TEMPLATE = Meaning(Result.POLICY, "template", _("There is no approved template of this name and language."))
_PAUSED = Meaning(
    Result.POLICY, "template_paused", _("Meta has paused or disabled the template: see its quality.")
)
_PARAMETERS = Meaning(
    Result.REFUSED, "parameters", _("The parameters are not those of the template."), About.CONTENT
)
_MEDIA = Meaning(
    Result.REFUSED,
    "media",
    _("The picture or document cannot be fetched or is of a wrong kind."),
    About.CONTENT,
)
_LIMIT = Meaning(Result.RETRY, "pair_rate", _("Too many messages to this person in a short time."))

MEANINGS = {
    "0": SIGN_IN,
    "190": SIGN_IN,
    "3": PERMISSION,
    "10": PERMISSION,
    "200": PERMISSION,
    "4": RATE,
    "80007": RATE,
    "130429": RATE,
    "131048": Meaning(
        Result.RETRY, "spam_rate", _("Meta slows the number down, because people blocked or reported it.")
    ),
    "131056": _LIMIT,
    "133016": RATE,
    "368": POLICY,
    "131031": POLICY,
    "130497": POLICY,
    "131042": Meaning(Result.POLICY, "payment", _("Add a means of payment to the WhatsApp account.")),
    "131045": Meaning(Result.POLICY, "unregistered", _("Register the phone number at the Cloud API.")),
    "133010": Meaning(Result.POLICY, "unregistered", _("Register the phone number at the Cloud API.")),
    "131026": Meaning(
        Result.BAD_ADDRESS, "not_registered", _("The number is not on WhatsApp, or cannot receive this.")
    ),
    "131021": Meaning(Result.REFUSED, "self", _("The recipient is the sender.")),
    "131030": Meaning(
        Result.REFUSED,
        "test_number",
        _("A test number writes only to recipients that are listed."),
        About.SENDER,
    ),
    "131047": Meaning(
        Result.REFUSED, "window", _("More than 24 hours since the person's last message: use a template.")
    ),
    "131049": Meaning(
        Result.REFUSED,
        "frequency",
        _("Meta limits how much marketing a person gets; try again after a day."),
        About.CONTENT,
    ),
    "131050": Meaning(
        Result.WITHDRAWN, "withdrawn", _("The person has stopped marketing from this business in WhatsApp.")
    ),
    "130472": Meaning(
        Result.REFUSED,
        "experiment",
        _("The person is part of an experiment of Meta's and gets no marketing."),
        About.CONTENT,
    ),
    "131000": LATER,
    "131016": LATER,
    "131008": _PARAMETERS,
    "131009": _PARAMETERS,
    "131051": _MEDIA,
    "131052": _MEDIA,
    "131053": _MEDIA,
    "132000": _PARAMETERS,
    "132005": _PARAMETERS,
    "132012": _PARAMETERS,
    "132018": _PARAMETERS,
    "132001": _TEMPLATE,
    "132007": _PAUSED,
    "132015": _PAUSED,
    "132016": _PAUSED,
}
