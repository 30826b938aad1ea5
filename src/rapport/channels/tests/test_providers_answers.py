"""What each answer of a provider means for the message."""

from __future__ import annotations

from typing import Any

import pytest

from rapport.channels.protocol import Result
from rapport.channels.tests.http_api import DROP, Api, Request
from rapport.channels.tests.provider_messages import SETTINGS, deliver, message


@pytest.mark.parametrize(
    ("key", "answer", "result"),
    [
        ("mailgun", (400, {"message": "to parameter is not a valid address"}), Result.REFUSED),
        (
            "mailgun",
            (400, {"message": "'to' parameter is not a valid address. please check documentation"}),
            Result.BAD_ADDRESS,
        ),
        ("mailgun", (400, {"message": "'from' parameter is not a valid address"}), Result.POLICY),
        ("mailgun", (401, "Forbidden"), Result.UNREACHABLE),
        ("mailgun", (404, {"message": "Domain not found: mg.shop.example"}), Result.UNREACHABLE),
        (
            "mailgun",
            (403, {"message": "Domain mg.shop.example is not allowed to send: disabled"}),
            Result.POLICY,
        ),
        ("mailgun", (429, {"message": "slow down"}, {"Retry-After": "30"}), Result.RETRY),
        (
            "postmark",
            (422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'maria@example.org'."}),
            Result.BAD_ADDRESS,
        ),
        (
            "postmark",
            (
                422,
                {
                    "ErrorCode": 406,
                    "Message": "Found inactive addresses: maria@example.org. Inactive recipients are …",
                },
            ),
            Result.REFUSED,
        ),
        ("postmark", (422, {"ErrorCode": 401, "Message": "Sender signature not confirmed"}), Result.POLICY),
        ("postmark", (422, {"ErrorCode": 405, "Message": "Not allowed to send"}), Result.UNREACHABLE),
        (
            "sendgrid",
            (
                400,
                {
                    "errors": [
                        {
                            "message": "Does not contain a valid address.",
                            "field": "personalizations.0.to.0.email",
                        }
                    ]
                },
            ),
            Result.BAD_ADDRESS,
        ),
        (
            "sendgrid",
            (
                403,
                {
                    "errors": [
                        {
                            "message": "The from address does not match a verified Sender Identity",
                            "field": "from",
                        }
                    ]
                },
            ),
            Result.POLICY,
        ),
        ("sendgrid", (401, {"errors": [{"message": "Maximum credits exceeded"}]}), Result.UNREACHABLE),
        (
            "brevo",
            (400, {"code": "invalid_parameter", "message": "email is not valid in to"}),
            Result.BAD_ADDRESS,
        ),
        ("brevo", (402, {"code": "not_enough_credits", "message": "…"}), Result.UNREACHABLE),
        (
            "brevo",
            (400, {"code": "invalid_parameter", "message": "…the sender you used x@y is not valid"}),
            Result.POLICY,
        ),
        (
            "ses",
            (400, {"message": "Email address is not verified."}, {"x-amzn-ErrorType": "MessageRejected"}),
            Result.POLICY,
        ),
        (
            "ses",
            (403, {"message": "…"}, {"x-amzn-ErrorType": "InvalidSignatureException"}),
            Result.UNREACHABLE,
        ),
        (
            "ses",
            (
                400,
                {"message": "Maximum sending rate exceeded."},
                {"x-amzn-ErrorType": "TooManyRequestsException"},
            ),
            Result.RETRY,
        ),
        (
            "ses",
            (
                400,
                {"message": "Sending paused for this account."},
                {"x-amzn-ErrorType": "SendingPausedException"},
            ),
            Result.POLICY,
        ),
        ("ses", (400, {"message": "Local address contains control or whitespace"}), Result.BAD_ADDRESS),
        ("ses", (200, "<html>a portal of the hotel</html>"), Result.UNCERTAIN),
        ("brevo", (503, "maintenance"), Result.RETRY),
        ("brevo", (504, "gateway timeout"), Result.UNCERTAIN),
        ("mailgun", (302, "", {"Location": "http://127.0.0.1:1/elsewhere"}), Result.UNREACHABLE),
        ("mailgun", (200, "not json"), Result.UNCERTAIN),
        ("postmark", DROP, Result.UNCERTAIN),
        ("ses", DROP, Result.UNCERTAIN),
    ],
)
def test_each_answer_means_one_thing(key: str, answer: Any, result: Result, provider: Api) -> None:
    provider.answer = lambda request: answer
    [outcome] = deliver(key, provider)
    assert outcome.result is result, outcome
    assert len(provider.requests) == 1
    assert outcome.retry_after == (30.0 if "Retry-After" in str(answer) else None)


@pytest.mark.parametrize("key", SETTINGS)
def test_what_never_left_is_not_uncertain(key: str, provider: Api, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    [outcome] = deliver(key, provider)
    assert (outcome.result, provider.requests) == (Result.UNREACHABLE, [])
    for secret in SETTINGS[key].values():
        assert secret not in outcome.detail or secret in {"eu", "us", "news", "rapport"}


def test_several_go_at_once_and_are_answered_in_order(provider: Api) -> None:
    def answer(request: Request) -> tuple[int, Any]:
        number = request.json["Subject"]
        return 200, {"To": "maria@example.org", "ErrorCode": 0, "Message": "OK", "MessageID": f"id-{number}"}

    provider.answer = answer
    outcomes = deliver(
        "postmark", provider, *[message("postmark", subject=str(number)) for number in range(20)]
    )
    assert [outcome.provider_id for outcome in outcomes] == [f"id-{number}" for number in range(20)]
