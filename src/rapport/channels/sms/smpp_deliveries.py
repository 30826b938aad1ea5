"""Reading what a message centre delivers by deliver_sm: receipts, and messages of persons, also in parts."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from smpplib import consts

from rapport.channels.incoming import Incoming, Receipt, ReceiptKind, Reply, Take
from rapport.channels.keywords import answer_to, choice_of, keyword_of
from rapport.channels.sms import smpp_codes
from rapport.channels.sms.segments import GSM, UCS2, decode
from rapport.core.clock import SYSTEM, Clock

_RECEIPT = re.compile(r"\b(id|stat|err|done date):\s*([^\s]*)", re.IGNORECASE)
_KIND, _IS_RECEIPT, _UDH = 0x3C, 0x04, 0x40
_PARTS_KEPT = 500


class Deliveries:
    """Turns deliver_sm into what came in, and gives it to `take`. `answer(address, text)` sends a text back."""

    def __init__(
        self, settings: Mapping[str, Any], answer: Callable[[str, str], None], clock: Clock = SYSTEM
    ) -> None:
        self.take: Take | None = None
        self._settings = settings
        self._answer = answer
        self._clock = clock
        self._ids = str(settings.get("message_ids") or "same")
        self._joiner = Joiner()

    def keep(self, pdu: Any) -> int:
        """The status to answer with: while nobody takes it, the centre shall keep it."""
        if self.take is None:
            return int(consts.SMPP_ESME_RX_T_APPN)
        now = self._clock.now()
        is_receipt = (pdu.esm_class or 0) & _KIND == _IS_RECEIPT
        incoming = self._receipt(pdu, now) if is_receipt else self._message(pdu, now)
        if incoming:
            self.take(incoming)
        reply = next((entry for entry in incoming if isinstance(entry, Reply)), None)
        if reply and (words := answer_to(self._keyword(reply.text), self._settings)):
            self._answer(reply.address, words)
        return int(consts.SMPP_ESME_ROK)

    def _receipt(self, pdu: Any, now: dt.datetime) -> list[Incoming]:
        """The text has no binding form (SMPP 3.4, appendix B); the optional parameters fill what it lacks."""
        text = _text(pdu)[1]
        fields = {name.lower(): value for name, value in reversed(_RECEIPT.findall(text))}
        given = fields.get("id") or _bytes(pdu.receipted_message_id).decode("latin-1")
        name = fields.get("stat", "").upper()[:7] or smpp_codes.NUMBERED.get(pdu.message_state or 0, "")
        base = 16 if self._ids == "dec_hex" else 10
        ours = message_id(given, base, self._ids)
        address, at = _address(pdu.source_addr, pdu.source_addr_ton), _done(fields.get("done date", ""), now)
        if name == "DELIVRD":
            return [Receipt(ReceiptKind.DELIVERED, at, ours, address=address)]
        meaning = smpp_codes.state(name, _bytes(pdu.network_error_code))
        if meaning is None:
            return []
        code = f"{name} {fields.get('err', '')}".strip()
        return [meaning.receipt(code, text, at, provider_id=ours, reference="", address=address)]

    def _message(self, pdu: Any, now: dt.datetime) -> list[Incoming]:
        header, text = _text(pdu)
        address = _address(pdu.source_addr, pdu.source_addr_ton)
        joined = self._joiner.join(address, header, text)
        if joined is None or not joined.strip():
            return []
        name = f"{address} {now.isoformat()} {pdu.sequence}"
        choice = choice_of(self._keyword(joined), address=address, text=joined, at=now, provider_id=name)
        reply = Reply(name, address, joined, now)
        return [reply, choice] if choice else [reply]

    def _keyword(self, text: str) -> Any:
        return keyword_of(text, str(self._settings.get("stop_words") or "").split(","))


class Joiner:
    """Joins concatenated messages. Parts are kept in memory; of very many unfinished ones the oldest are let go."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bytes], dict[int, str]] = {}
        self._lock = threading.Lock()

    def join(self, address: str, header: bytes, text: str) -> str | None:
        """The whole text once its last part is there; of what is no part, itself."""
        place = _place(header)
        if place is None:
            return text
        number, total, at = place
        with self._lock:
            texts = self._kept.setdefault((address, number), {})
            texts[at] = text
            if len(texts) < total:
                while len(self._kept) > _PARTS_KEPT:
                    self._kept.pop(next(iter(self._kept)))
                return None
            del self._kept[address, number]
        return "".join(texts[at] for at in sorted(texts))


def message_id(given: object, base: int, ids: str) -> str:
    """The id in one spelling: centres write the same one hexadecimal and decimal, with zeros before it and without."""
    text = given.decode("latin-1") if isinstance(given, bytes) else str(given or "")
    text = text.strip().rstrip("\0")
    if ids != "same":
        try:
            return str(int(text, base))
        except ValueError:
            return text
    return text.lstrip("0") or text if text.isdigit() else text.lower()


def _place(header: bytes) -> tuple[bytes, int, int] | None:
    """(reference, parts, which one) of the header's element for concatenation, 8 or 16 bit."""
    at = 1
    while at + 1 < len(header):
        kind, size = header[at], header[at + 1]
        data = header[at + 2 : at + 2 + size]
        if (kind, size) in {(0, 3), (8, 4)} and len(data) == size and 1 <= data[-1] <= data[-2]:
            return data[:-2], data[-2], data[-1]
        at += 2 + size
    return None


def _text(pdu: Any) -> tuple[bytes, str]:
    """(user data header, text)."""
    data = _bytes(pdu.short_message) or _bytes(getattr(pdu, "message_payload", None))
    header = b""
    if (pdu.esm_class or 0) & _UDH and data:
        header, data = data[: data[0] + 1], data[data[0] + 1 :]
    coding = pdu.data_coding or 0
    if coding == 8:
        return header, decode(data, UCS2)
    if coding in {1, 3}:
        return header, data.decode("latin-1")
    return header, decode(data, GSM)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""


def _address(value: object, ton: int | None) -> str:
    """E.164 with its plus, if the centre says that it is international or it can be nothing else."""
    text = _bytes(value).decode("latin-1").strip()
    if text.isdigit() and (ton == consts.SMPP_TON_INTL or len(text) > 8):
        return f"+{text}"
    return text


def _done(text: str, now: dt.datetime) -> dt.datetime:
    """When the network says it happened, in whichever zone; only believed when it was within the last three days."""
    try:
        at = dt.datetime.strptime(text[:10], "%y%m%d%H%M").replace(tzinfo=dt.UTC)
    except ValueError:
        return now
    return at if now - dt.timedelta(days=3) < at < now else now
