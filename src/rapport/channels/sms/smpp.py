"""SMS over SMPP 3.4: bind as transceiver, submit_sm in a window, receipts and messages of persons by deliver_sm."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from smpplib import consts

from rapport.channels.incoming import Take
from rapport.channels.keywords import ANSWER_FIELDS
from rapport.channels.pace import Pace
from rapport.channels.protocol import Message, Outcome, Result
from rapport.channels.registry import SettingField, WrongSettings
from rapport.channels.sms import compose, smpp_codes
from rapport.channels.sms.segments import UCS2, encode, encoding_of, split
from rapport.channels.sms.smpp_deliveries import Deliveries, message_id
from rapport.channels.sms.smpp_link import Centre, Link, NoAnswer, NotSent

WINDOW = 10
THROTTLED_FOR = 1.0
PART_TRIES = 5
UDH_INDICATOR = 0x40

FIELDS = (
    SettingField("host", gettext_lazy("Host")),
    SettingField("port", gettext_lazy("Port"), "number", default=2775),
    SettingField("tls", gettext_lazy("TLS"), "switch", required=False, default=True),
    SettingField("system_id", gettext_lazy("System id"), help=gettext_lazy("Up to 15 characters.")),
    SettingField(
        "password",
        gettext_lazy("Password"),
        "secret",
        help=gettext_lazy("Up to 8 characters; SMPP has no longer ones."),
    ),
    SettingField("system_type", gettext_lazy("System type"), required=False),
    *compose.FIELDS,
    *ANSWER_FIELDS,
    SettingField(
        "window",
        gettext_lazy("Window"),
        "number",
        required=False,
        default=WINDOW,
        help=gettext_lazy("How many messages may wait for an answer at once."),
    ),
    SettingField("rate", gettext_lazy("Messages a second"), "number", required=False, default=0),
    SettingField(
        "long_messages",
        gettext_lazy("Long messages"),
        "choice",
        required=False,
        default="udh",
        choices=(
            ("udh", gettext_lazy("in parts (UDH)")),
            ("payload", gettext_lazy("whole (message_payload)")),
        ),
    ),
    SettingField(
        "message_ids",
        gettext_lazy("Message ids in receipts"),
        "choice",
        required=False,
        default="same",
        choices=(
            ("same", gettext_lazy("as in the answer")),
            ("hex_dec", gettext_lazy("answer hexadecimal, receipt decimal")),
            ("dec_hex", gettext_lazy("answer decimal, receipt hexadecimal")),
        ),
    ),
)


def check(settings: Mapping[str, Any]) -> None:
    """Raises WrongSettings. What is too long would be cut by the protocol, and then be wrong."""
    compose.check(settings)
    if not settings.get("sender"):
        raise WrongSettings(_("Give a sender."), "sender")
    for key, most in (("system_id", 15), ("password", 8), ("system_type", 12)):
        value = str(settings.get(key) or "")
        if len(value) > most or not value.isascii():
            raise WrongSettings(_("At most %(most)d characters, without accents.") % {"most": most}, key)
    if not 1 <= int(settings["port"]) <= 65535:
        raise WrongSettings(_("From 1 to 65535."), "port")
    if not 1 <= int(settings.get("window") or WINDOW) <= 1000:
        raise WrongSettings(_("From 1 to 1000."), "window")


class SmppChannel:
    """One session, with a window of messages that wait for their answers."""

    key = "sms"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.capacity = int(settings.get("window") or WINDOW)
        self._settings = settings
        self._ids = str(settings.get("message_ids") or "same")
        self._pace = Pace(float(settings.get("rate") or 0))
        self._deliveries = Deliveries(settings, self._answer)
        self._link = Link(_centre(settings), self._deliveries.keep)
        self._threads = ThreadPoolExecutor(self.capacity, thread_name_prefix="smpp")

    def deliver(self, messages: Sequence[Message]) -> list[Outcome]:
        """One outcome per message, in order."""
        if len(messages) == 1:
            return [self._deliver(messages[0])]
        return list(self._threads.map(self._deliver, messages))

    def listen(self, take: Take) -> None:
        """Binds if need be, and gives what comes in to `take`. Raises NotSent."""
        self._deliveries.take = take
        self._link.bind()

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self._link.close()

    def _deliver(self, message: Message) -> Outcome:
        submits = submissions(message, str(self._settings.get("long_messages") or "udh"))
        outcome = self._submit(submits[0])
        for at, part in enumerate(submits[1:], 2):
            if outcome.result is not Result.ACCEPTED:
                break
            outcome = self._submit_part(part)
            if outcome.result is not Result.ACCEPTED:
                words = f"part {at} of {len(submits)} was not taken: {outcome.code} {outcome.detail}"
                return Outcome(Result.UNCERTAIN, outcome.code, words)
        return outcome

    def _submit_part(self, part: Mapping[str, Any]) -> Outcome:
        """A part after the first: the ones before it are gone, so a full queue is worth some patience."""
        outcome = self._submit(part)
        for _try in range(PART_TRIES - 1):
            if outcome.result is not Result.RETRY:
                break
            outcome = self._submit(part)
        return outcome

    def _submit(self, part: Mapping[str, Any]) -> Outcome:
        self._pace.turn()
        try:
            answer = self._link.ask("submit_sm", **part)
        except NotSent as error:
            return Outcome(Result.UNREACHABLE, "", str(error))
        except NoAnswer as error:
            return Outcome(Result.UNCERTAIN, "", str(error))
        if answer.status == consts.SMPP_ESME_ROK:
            given = message_id(answer.message_id, 16 if self._ids == "hex_dec" else 10, self._ids)
            return Outcome(Result.ACCEPTED, "0x00", provider_id=given)
        outcome = smpp_codes.outcome(answer.status)
        if outcome.result is Result.RETRY:
            self._pace.rest(THROTTLED_FOR)
        return outcome

    def _answer(self, address: str, text: str) -> None:
        """Answers STOP or HELP; whether it arrives is not followed."""
        sender = str(self._settings.get("sender") or "")
        message = Message(sender, address, json.dumps({"text": text}).encode(), f"answer {address}")
        self._threads.submit(self._deliver, message)


def submissions(message: Message, long_messages: str) -> list[dict[str, Any]]:
    """The parameters of each submit_sm of a message. Only the last asks for a receipt: it speaks for all."""
    text = json.loads(message.payload)["text"]
    encoding = encoding_of(text)
    common = _addresses(message) | {"data_coding": 8 if encoding == UCS2 else 0, "registered_delivery": 1}
    encoded = [encode(part, encoding) for part in split(text)]
    if len(encoded) == 1:
        return [common | {"short_message": encoded[0], "esm_class": 0}]
    if long_messages == "payload":
        return [common | {"message_payload": encode(text, encoding), "short_message": b"", "esm_class": 0}]
    number = zlib.crc32(message.reference.encode()) & 0xFF
    return [
        common
        | {
            "short_message": bytes((5, 0, 3, number, len(encoded), at)) + part,
            "esm_class": UDH_INDICATOR,
            "registered_delivery": int(at == len(encoded)),
        }
        for at, part in enumerate(encoded, 1)
    ]


def _addresses(message: Message) -> dict[str, Any]:
    sender = message.sender
    if compose.is_name(sender):
        ton, npi = consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK
    elif sender.startswith("+"):
        ton, npi = consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN
    else:
        ton, npi = consts.SMPP_TON_NWSPEC, consts.SMPP_NPI_UNK
    return {
        "source_addr_ton": ton,
        "source_addr_npi": npi,
        "source_addr": sender.lstrip("+"),
        "dest_addr_ton": consts.SMPP_TON_INTL,
        "dest_addr_npi": consts.SMPP_NPI_ISDN,
        "destination_addr": message.recipient.lstrip("+"),
    }


def _centre(settings: Mapping[str, Any]) -> Centre:
    return Centre(
        str(settings["host"]),
        int(settings["port"]),
        str(settings["system_id"]),
        str(settings["password"]),
        str(settings.get("system_type") or ""),
        bool(settings.get("tls")),
        float(settings.get("answer_timeout") or 30),
    )
