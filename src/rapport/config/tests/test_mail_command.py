"""`rapport mail classify`."""

from __future__ import annotations

import json

from click.testing import CliRunner

from rapport.config.cli_mail import mail

BOUNCE = b"""From: MAILER-DAEMON@x.example
Subject: failure notice
Return-Path: <>

<ada@example.org>:
Remote host said: 550 5.1.1 <ada@example.org>... User unknown

--- Below this line is a copy of the message.
Message-ID: <ours@shop.example>
"""


def test_it_says_one_line_a_mail_and_fails_for_what_it_could_not_read(tmp_path):
    (tmp_path / "bounce.eml").write_bytes(BOUNCE)
    answer = CliRunner().invoke(mail, ["classify", str(tmp_path / "bounce.eml"), str(tmp_path / "none.eml")])
    read, missing = (json.loads(line) for line in answer.output.splitlines())
    assert (read["kind"], read["message_ids"]) == ("bounce", ["ours@shop.example"])
    assert read["recipients"] == [
        {
            "address": "ada@example.org",
            "status": "5.1.1",
            "code": "550",
            "reason": "user_unknown",
            "about": "recipient",
            "permanent": True,
        }
    ]
    assert missing["error"]
    assert answer.exit_code == 1
