"""Replies that no person wrote (RFC 3834): out of office, receipts, challenges."""

from __future__ import annotations

import re

from rapport.channels.email.inbound.mime_reader import Headers

_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-mail-autoreply",
    "x-autoreply-from",
)
_PRECEDENCE = frozenset({"auto_reply", "auto-reply", "autoreply"})
_SUBJECT = re.compile(
    r"""^\W*(?:(?:re|aw|sv|wg|fwd?)\s*:\s*)*(?:
        auto(?:matic|mated)?[ -]?(?:re(?:ply|sponse|sponder)|:)
      | out[ ]of[ ](?:the[ ])?office | ooo\b | away\ from\ (?:the|my) | on\ (?:vacation|holiday|leave) | vacation\b
      | i.?m\ (?:away|out\ of|on\ (?:vacation|holiday|leave))
      | automatische\ (?:antwort|r[üu]ckmeldung|abwesenheit) | abwesenheit | abwesend | nicht\ im\ (?:büro|buero|haus)
      | r[ée]ponse\ automatique | absence\b | absent | message\ d.absence
      | respuesta\ autom[áa]tica | fuera\ de\ (?:la\ )?oficina | ausencia
      | resposta\ autom[áa]tica | fora\ do\ escrit
      | risposta\ automatica | fuori\ (?:sede|ufficio) | assente
      | automatisch(?:e)?\ antwoord | afwezig | niet\ aanwezig
      | autosvar | automatiskt?\ svar | fr[åa]nvaro | ikke\ til\ stede | automaattinen\ vastaus | poissa
      | automatyczna\ odpowied | nieobecno | automatick[áa]\ odpov | mimo\ kancel | automatikus\ v[áa]lasz
      | автоматический\ ответ | автоответ | нет\ на\ месте | автовідповідь
      | otomatik\ (?:yan|cevap) | 自動(?:返信|応答) | 不在 | 自动(?:回复|答复) | 外出
      | 자동\ ?(?:응답|회신) | رد\ تلقائي
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_CHALLENGE_SUBJECT = re.compile(
    r"(?:please )?(?:confirm|verify) (?:your )?(?:e-?mail|message|that you|sender)"
    r"|(?:sender|e-?mail) (?:verification|confirmation) (?:required|request)"
    r"|your (?:e-?mail|message) (?:requires|is awaiting) (?:verification|approval|confirmation)"
    r"|\bchallenge\b|^\W*\[?boxtrapper",
    re.IGNORECASE,
)
_CHALLENGE_WORDS = re.compile(
    r"(?:prove|verify|confirm|make sure|ensure)[^.]{0,60}(?:you are|you're|are a) (?:a )?"
    r"(?:real|human|person|not a (?:ro)?bot)"
    r"|(?:added to|on) (?:my|our|the|their) (?:white-?list|approved senders?|safe list)"
    r"|tmda|spam ?arrest|boxtrapper|challenge[/-]response"
    r"|(?:held|quarantined?)[^.]{0,80}until you (?:confirm|click|reply|verify)",
    re.IGNORECASE,
)


def is_automatic(headers: Headers) -> bool:
    """Whether a program answered."""
    submitted = headers.get("auto-submitted").split(";")[0].split("(")[0].strip().lower()
    if submitted.startswith("auto-replied") or any(headers.get(name) for name in _HEADERS):
        return True
    if headers.get("precedence").strip().lower() in _PRECEDENCE or headers.get("preference") == "auto_reply":
        return True
    return bool(_SUBJECT.match(headers.get("subject")[:500]))


def is_challenge(headers: Headers, words: str) -> bool:
    """Whether the recipient's filter asks the sender to prove that they are a person."""
    if headers.get("x-boxtrapper") or headers.get("x-tmda-confirm") or headers.get("x-challenge"):
        return True
    hint = bool(_CHALLENGE_SUBJECT.search(headers.get("subject")[:500]))
    return hint and bool(_CHALLENGE_WORDS.search(words[:8_000]))
