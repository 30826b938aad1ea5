"""SMTP answers as providers give them, and what each is taken for."""

from __future__ import annotations

import pytest

from rapport.channels.email.classify import asks_to_slow_down, classify
from rapport.channels.protocol import Result

BAD, POLICY, REFUSED, RETRY = Result.BAD_ADDRESS, Result.POLICY, Result.REFUSED, Result.RETRY
ANSWERS = [
    # Gmail
    ("RCPT", "550-5.1.1 The email account that you tried to reach does not exist. Please try", BAD),
    ("RCPT", "550 5.2.1 The email account that you tried to reach is disabled.", REFUSED),
    ("RCPT", "452 4.2.2 The email account that you tried to reach is over quota.", RETRY),
    ("RCPT", "552 5.2.2 The email account that you tried to reach is over quota", REFUSED),
    ("DOT", "550 5.7.26 This mail is unauthenticated, which poses a security risk to the sender", POLICY),
    ("DOT", "550 5.7.1 Our system has detected an unusual rate of unsolicited mail originating from your", POLICY),
    ("DOT", "550 5.7.25 The IP address sending this message does not have a PTR record setup", POLICY),
    ("DOT", "552 5.7.0 This message was blocked because its content presents a potential security issue", REFUSED),
    ("DOT", "550 5.4.5 Daily user sending limit exceeded.", POLICY),
    ("DOT", "421 4.7.28 Our system has detected an unusual rate of unsolicited mail", RETRY),
    ("DOT", "421 4.7.26 This mail has been rate limited because it is unauthenticated.", RETRY),
    # Yahoo
    ("RCPT", "554 delivery error: dd This user doesn't have a yahoo.com account", BAD),
    ("MAIL", "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1", POLICY),
    ("DOT", "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com", POLICY),
    ("EHLO", "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to user complaints", RETRY),
    # Microsoft
    ("RCPT", "550 5.5.0 Requested action not taken: mailbox unavailable", BAD),
    ("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", BAD),
    ("RCPT", "550 5.4.1 Recipient address rejected: Access denied.", BAD),  # not in their directory
    ("DOT", "550 5.7.515 Access denied, sending domain does not meet the required authentication level", POLICY),
    ("MAIL", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]", POLICY),
    ("DOT", "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation", RETRY),
    ("DOT", "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet"
            " service provider since part of their network is on our block list (S3140)", POLICY),
    # Postfix, Exim, Sendmail and those in front of them
    ("RCPT", "554 5.7.1 <a@b.c>: Relay access denied", POLICY),
    ("RCPT", "550 5.1.1 <a@b.c>: Recipient address rejected: User unknown in virtual mailbox table", BAD),
    ("RCPT", "550 5.1.2 <a@nowhere.example>: Recipient address rejected: Domain not found", BAD),
    ("RCPT", "556 5.1.10 <a@b.c>: Recipient address rejected: Domain b.c does not accept mail (nullMX)", BAD),
    ("RCPT", "553 5.1.3 <a@b..c>: Recipient address syntax error", BAD),
    ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", POLICY),
    ("RCPT", "550 5.1.1 Client host [192.0.2.1] blocked using bl.spamcop.net", POLICY),
    ("MAIL", "550 5.1.8 <x@nowhere.example>: Sender address rejected: Domain not found", POLICY),
    ("MAIL", "552 5.3.4 Message size exceeds fixed limit", REFUSED),
    ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", POLICY),
    ("MAIL", "530 5.7.0 Authentication required", POLICY),
    ("DOT", "552 5.3.4 Error: message file too big", REFUSED),
    ("DOT", "554 5.7.1 Message rejected as spam by Content Filtering.", REFUSED),
    ("DOT", "550 5.6.0 Invalid MIME", REFUSED),
    ("DOT", "554 5.3.0 Unknown error", REFUSED),
    ("DOT", "550", REFUSED),
    ("RCPT", "451 4.7.1 Greylisting in action, please come back later", RETRY),
    ("RCPT", "450 4.2.1 mailbox busy", RETRY),
    ("RCPT", "421 4.3.2 Service not available", RETRY),
]  # fmt: skip


@pytest.mark.parametrize(("stage", "answer", "result"), ANSWERS)
def test_providers_are_understood(stage: str, answer: str, result: Result) -> None:
    assert classify(stage, int(answer[:3]), answer[4:].encode()).result is result


@pytest.mark.parametrize("answer", [text for _stage, text, result in ANSWERS if result is POLICY])
def test_no_policy_ever_suppresses_a_person_whatever_the_stage(answer: str) -> None:
    for stage in ("EHLO", "MAIL", "RCPT", "DATA", "DOT"):
        assert classify(stage, int(answer[:3]), answer[4:].encode()).result is not BAD


@pytest.mark.parametrize(
    ("answer", "slows"),
    [
        ("421 4.7.28 Our system has detected an unusual rate of unsolicited mail", True),
        ("451 4.7.650 The mail server has been temporarily rate limited due to IP reputation", True),
        ("421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints", True),
        ("421 Too many messages", True),
        ("450 4.2.1 The user you are trying to contact is receiving mail too quickly.", True),
        ("451 4.7.1 Greylisting in action, please come back later", False),
        (
            "450 4.7.1 <a@b.c>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch",
            False,
        ),
        ("452 4.2.2 The email account that you tried to reach is over quota.", False),
        ("450 4.2.1 mailbox busy", False),
        ("550 5.7.1 no", False),
    ],
)
def test_what_asks_us_to_slow_down(answer: str, slows: bool) -> None:
    assert asks_to_slow_down(classify("DOT", int(answer[:3]), answer[4:].encode())) is slows


def test_the_status_on_each_line_is_no_part_of_the_words() -> None:
    outcome = classify("RCPT", 550, b"5.1.1 The email account\n5.1.1 does not exist.\n5.1.1 gsmtp")
    assert (outcome.code, outcome.detail) == ("550 5.1.1", "The email account\ndoes not exist.\ngsmtp")
