"""What incoming mail is: real reports of many servers, and what only looks like one."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from rapport.channels.email.inbound import Kind, classify

MAILS = Path(__file__).parent / "data" / "bounces"
AUTOMATIC = [
    "Out of Office: Spring news",
    "Automatic reply: Spring news",
    "Automatische Antwort: Frühling",
    "Abwesenheitsnotiz: Frühling",
    "Réponse automatique : Printemps",
    "Respuesta automática: Primavera",
    "Risposta automatica: Primavera",
    "Resposta automática: Primavera",
    "Automatisch antwoord: Lente",
    "Autosvar: Vår",
    "Automatyczna odpowiedź: Wiosna",
    "Автоматический ответ: Весна",
    "自動返信: 春",
    "자동 회신: 봄",
    "Odpowiedź automatyczna: Wiosna",
    "Răspuns automat: Primăvară",
    "Αυτόματη απάντηση: Άνοιξη",
    "自動回覆: 春",
    "תשובה אוטומטית: אביב",
    "Fravær",
]


def expectations() -> dict[str, list[bool]]:
    kinds = defaultdict(list)
    with (MAILS / "expected.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            kinds[row["file"]].append(row["kind"] == "permanent")
    return kinds


def written(body: str, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body.replace("\n", "\r\n")).encode()


def report(diagnostic: str, *, status: str = "5.0.0", action: str = "failed", extra: str = "") -> bytes:
    body = (
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; ada@example.org\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: {diagnostic}\n{extra}"
        "\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <ours@shop.example>\nTo: ada@example.org\n\n--b--\n"
    )
    return written(body, From="MAILER-DAEMON@example.org", Content_Type='multipart/report; boundary="b"')


@pytest.mark.parametrize("name", sorted(expectations()))
def test_a_real_report_names_its_recipients_and_whether_they_are_gone_for_good(name):
    reading = classify((MAILS / name).read_bytes())
    assert [recipient.permanent for recipient in reading.recipients] == expectations()[name]


def test_an_ordinary_mail_is_no_report():
    reading = classify((MAILS / "is-not-bounce-01.eml").read_bytes())
    assert (reading.kind, reading.recipients) == (Kind.OTHER, ())


@pytest.mark.parametrize(
    ("diagnostic", "status", "reason", "about"),
    [
        ("smtp; 550 5.1.1 <ada@example.org>: user unknown", "5.1.1", "user_unknown", "recipient"),
        ("smtp; 550 5.7.1 Client host blocked using zen.spamhaus.org", "5.1.1", "blocked", "sender"),
        ("smtp; 550 5.7.26 unauthenticated mail is prohibited: DMARC", "5.7.26", "authentication", "sender"),
        ("smtp; 550 5.7.25 no PTR record", "5.7.25", "reverse_dns", "sender"),
        ("smtp; 421 4.7.28 rate limited", "4.7.28", "rate_limited", "sender"),
        ("smtp; 554 5.7.1 message looks like spam", "5.7.1", "spam", "content"),
        ("smtp; 552 5.3.4 message size exceeds fixed limit", "5.3.4", "too_big", "content"),
        ("smtp; 552 5.2.2 mailbox full", "5.2.2", "mailbox_full", "recipient"),
        ("smtp; 550 5.1.8 domain of sender address does not exist", "5.1.8", "sender_rejected", "sender"),
        ("smtp; 556 5.1.10 recipient domain has null MX", "5.1.10", "no_mail", "recipient"),
        ("smtp; 550 no such domain", "5.1.2", "host_unknown", "recipient"),
        ("smtp; 550 : user unknown", "5.1.1", "filtered", "recipient"),
    ],
)
def test_a_refusal_has_a_reason_and_somebody_or_something_it_blames(diagnostic, status, reason, about):
    (recipient,) = classify(report(diagnostic, status=status)).recipients
    assert (recipient.reason, str(recipient.about)) == (reason, about)


def test_what_may_pass_is_not_permanent():
    (recipient,) = classify(report("smtp; 450 4.1.1 user unknown", status="4.1.1")).recipients
    assert not recipient.permanent
    (recipient,) = classify(
        report("smtp; 550 5.1.1 user unknown", status="5.1.1", action="delayed")
    ).recipients
    assert not recipient.permanent


def test_a_report_of_success_is_no_bounce():
    assert classify(report("smtp; 250 ok", status="2.0.0", action="delivered")).kind is Kind.OTHER


def test_a_report_names_the_message_it_is_about():
    assert classify(report("smtp; 550 no")).references.message_ids == ("ours@shop.example",)


@pytest.mark.parametrize("subject", AUTOMATIC)
def test_an_absence_is_an_automatic_reply_in_any_language(subject):
    assert (
        classify(written("Back on Monday.", From="ada@example.org", Subject=subject)).kind is Kind.AUTO_REPLY
    )


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("On vacation until Monday", "I am away until Monday."),
        ("Maternity leave Re: News", "I'm currently on maternity leave, back on 1 May."),
        ("AW: Abwesenheit", "Ich bin bis Montag nicht im Büro."),
    ],
)
def test_a_subject_that_people_write_too_needs_a_text_that_speaks_of_an_absence(subject, text):
    headers = {"From": "ada@example.org", "Subject": subject}
    assert classify(written(text, **headers)).kind is Kind.AUTO_REPLY
    assert classify(written("When does my order arrive?", **headers)).kind is Kind.OTHER


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Out of office furniture",
        "AW: Abwesenheit beim Paketempfang",
        "Re: Automatic reply: News",
        "Vacation",
    ],
)
def test_an_answer_of_a_person_is_never_taken_for_an_automatic_one(subject):
    mail = written("The chair came broken, please call me.", From="ada@example.org", Subject=f"Re: {subject}")
    assert classify(mail).kind is Kind.OTHER


@pytest.mark.parametrize(
    "header",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"Delivered_To": "Autoresponder"},
        {"Return_Path": "<>"},
    ],
)
def test_what_declares_itself_automatic_is(header):
    assert (
        classify(written("Hi", From="ada@example.org", Subject="Re: News", **header)).kind is Kind.AUTO_REPLY
    )


def test_a_challenge_is_an_automatic_reply_and_is_called_one():
    text = "Please click the link to prove that you are a real person; then you are added to my whitelist."
    reading = classify(written(text, From="ada@example.org", Subject="Please confirm your message"))
    assert (reading.kind, reading.challenge) == (Kind.AUTO_REPLY, True)


@pytest.mark.parametrize(
    "text",
    [
        "Why was my order rejected?",
        "Your mailbox full of offers is spam!",
        "My mail to you@shop.example bounced: user unknown",
    ],
)
def test_a_person_who_writes_of_failures_is_a_person(text):
    sent = written(
        text, From="Ada <ada@example.org>", To="shop@shop.example", Subject="Re: News", In_Reply_To="<x@y>"
    )
    assert classify(sent).kind is Kind.OTHER


def test_a_failed_authentication_report_is_no_complaint():
    assert classify((MAILS / "arf-19.eml").read_bytes()).kind is Kind.OTHER
    assert classify((MAILS / "arf-02.eml").read_bytes()).kind is Kind.COMPLAINT
