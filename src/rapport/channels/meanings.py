"""What the error codes of providers mean: for the message, for the address, and for who has to do something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.channels.incoming import About, Receipt, ReceiptKind
from rapport.channels.protocol import Outcome, Result

if TYPE_CHECKING:
    from django.utils.functional import Promise

_ABOUT = {
    Result.BAD_ADDRESS: About.RECIPIENT,
    Result.WITHDRAWN: About.RECIPIENT,
    Result.POLICY: About.SENDER,
    Result.UNREACHABLE: About.SENDER,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One error code. `advice` is what to do about it, for whom the settings are open; `reason` is a stable key."""

    result: Result
    reason: str
    advice: str | Promise = ""
    about: About | None = None

    def outcome(self, code: str, detail: str, retry_after: float | None = None) -> Outcome:
        """Of a message that was refused at once."""
        return Outcome(self.result, code, detail[:500], retry_after=retry_after)

    def receipt(
        self, code: str, detail: str, at: dt.datetime, *, provider_id: str, reference: str, address: str
    ) -> Receipt:
        """Of a message that was taken and came back."""
        return Receipt(
            ReceiptKind.BOUNCED,
            at,
            provider_id,
            reference,
            address,
            permanent=self.result is Result.BAD_ADDRESS,
            about=self.about or _ABOUT.get(self.result, About.UNCLEAR),
            reason=self.reason,
            code=code,
            detail=detail[:500],
        )


UNKNOWN = Meaning(Result.REFUSED, "unknown")
Meanings = Mapping[str, Meaning]


def advice_of(meanings: Meanings, code: str) -> str:
    """What to do about a code; empty when nothing is known."""
    meaning = meanings.get(code)
    return str(meaning.advice) if meaning else ""
