"""How a code that does not hold is answered."""

from __future__ import annotations

from django.http import HttpResponse

from rapport.core.api.problems import CONTENT_TYPE
from rapport.promotions.api.schemas import ReasonOut, RefusedOut
from rapport.promotions.services.refusals import Refusal, Refused, TooManyTries


def reasons(refusals: tuple[Refusal, ...]) -> list[ReasonOut]:
    return [ReasonOut(code=refusal.code, detail=refusal.words) for refusal in refusals]


def refused(error: Refused) -> HttpResponse:
    """A decision, not a failure: under an Idempotency-Key it is kept, with what was counted."""
    status = 429 if isinstance(error, TooManyTries) else 409
    body = RefusedOut(
        title="Too Many Requests" if status == 429 else "Conflict", status=status, detail=str(error),
        reason=error.code, reasons=reasons(error.refusals),
    )  # fmt: skip
    answer = HttpResponse(body.model_dump_json(), status=status, content_type=CONTENT_TYPE)
    if isinstance(error, TooManyTries):
        answer["Retry-After"] = str(error.wait)
    answer.is_settled = status == 409  # type: ignore[attr-defined]
    return answer
