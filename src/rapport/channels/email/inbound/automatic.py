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
    "x-vacation",
)
_PRECEDENCE = frozenset({"auto_reply", "auto-reply", "autoreply"})
_ANSWER = re.compile(r"^\W*(?:(?:re|aw|sv|wg|vs|rv|odp|fwd?)\s*:\s*)+", re.IGNORECASE)
# What only programs put there.
_PROGRAM = r"""
        auto(?:matic|mated)?[ -]?(?:re(?:ply|sponse|sponder)|:)
      | out[ ]of[ ](?:the[ ])?office\s*(?:$|[:(\[|–-]) | ooo\b\s*(?:$|[:(\[|–-])
      | vacation\ (?:re(?:ply|sponse)|message)
      | automatische\ (?:antwort|r[üu]ckmeldung|abwesenheit) | abwesenheitsnotiz
      | r[ée]ponse\ automatique | message\ d.absence
      | respuesta\ autom[áa]tica | resposta\ autom[áa]tica | risposta\ automatica
      | automatisch(?:e)?\ antwoord | autosvar | automatiskt?\ svar | automaattinen\ vastaus
      | automatyczna\ odpowied | odpowied[źz]\ automatyczna | autoodpowied
      | automatick[áa]\ odpov | automatikus\ v[áa]lasz | r[ăa]spuns\ automat
      | автоматический\ ответ | автоответ | автовідповідь | автоматична\ відповідь | автоматичен\ отговор
      | αυτόματη\ απάντηση | otomatik\ (?:yan|cevap)
      | 自動(?:返信|応答|回覆|回复) | 自动(?:回复|答复|回覆) | 자동\ ?(?:응답|회신)
      | رد\ تلقائي | מענה\ אוטומטי | תשובה\ אוטומטית
      | trả\ lời\ tự\ động | balasan\ otomatis | ตอบกลับอัตโนมัติ
"""
# What people write too: about an absence only if the text speaks of one, or nothing else is said.
_ABSENCE = r"""
        out[ ]of[ ](?:the[ ])?office | ooo\b
      | away\ from\ (?:the|my) | on\ (?:vacation|holiday|(?:\w+\ )?leave) | vacation\b
      | (?:maternity|paternity|parental|sick|annual)\ leave
      | i.?(?:m|\ am)\ (?:away|out\ of|on\ (?:vacation|holiday|leave))
      | abwesenheit | abwesend | nicht\ im\ (?:büro|buero|haus) | im\ urlaub | absence\b | absent
      | fuera\ de\ (?:la\ )?oficina | ausencia | aus[êe]ncia | fora\ do\ escrit
      | fuori\ (?:sede|ufficio) | assen(?:te|za)
      | afwezig | niet\ aanwezig | fr[åa]nvaro | frav[æa]r | ikke\ til\ ste?de | poissa
      | nieobecno | mimo\ kancel | нет\ на\ месте | отсутств | відсутн | εκτός\ γραφείου | ofis\ dışı
      | 不在 | 外出 | 부재\ ?중 | خارج\ المكتب | מחוץ\ למשרד
"""
_MADE_BY_PROGRAM = re.compile(rf"^\W*(?:{_PROGRAM})", re.IGNORECASE | re.VERBOSE)
_ABOUT_ABSENCE = re.compile(rf"^\W*(?:{_ABSENCE})", re.IGNORECASE | re.VERBOSE)
_NOTHING_ELSE = re.compile(
    rf"^\W*(?:{_ABSENCE})\w*(?:\s+(?:desk|office|büro|bureau))?\s*(?:$|[:(\[|–-])", re.IGNORECASE | re.VERBOSE
)
_AWAY = re.compile(
    r"\b(?:i.?m|i am|i will be|we are)\s+(?:currently\s+|now\s+)?(?:out of|away"
    r"|on\s+(?:\w+\s+)?(?:leave|vacation|holiday)|absent)"
    r"|out of (?:the )?office|(?:back|return\w*|available again)\s+(?:in the office\s+)?(?:on|until|from|by)\b"
    r"|(?:limited|no) access to (?:my )?e-?mail|automatic(?:ally)? (?:reply|generated)"
    r"|(?:bin|sind|ist)\b[^.]{0,60}\b(?:abwesend|nicht (?:im|am|erreichbar|da)|im urlaub)"
    r"|wieder (?:erreichbar|im büro|da)\b"
    r"|nicht (?:im büro|im hause|erreichbar)|automatisch(?:e)? (?:antwort|erstellt|generiert)"
    r"|je (?:suis|serai)[^.]{0,40}absent|de retour|absent[e]? (?:du|jusqu)|estar[ée] (?:fuera|ausente|de vuelta)"
    r"|fuera de la oficina|sar[òo] assente|sono (?:assente|fuori)|rientr|estarei ausente|fora do escrit"
    r"|afwezig|terug op|tilbage|tillbaka|poissa|nieobecn|wracam|mimo kancel|szabads|отсутств|вернусь|відсутн"
    r"|εκτός γραφείου|ofis dışı|不在|外出|休假|休暇|부재|خارج المكتب|מחוץ למשרד",
    re.IGNORECASE,
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


def is_automatic(headers: Headers, words: str) -> bool:
    """Whether a program answered."""
    submitted = headers.get("auto-submitted").split(";")[0].split("(")[0].strip().lower()
    if submitted.startswith("auto-replied") or any(headers.get(name) for name in _HEADERS):
        return True
    if headers.get("precedence").strip().lower() in _PRECEDENCE or headers.get("preference") == "auto_reply":
        return True
    return headers.get("delivered-to").strip().lower() == "autoresponder" or _says_so(
        headers.get("subject")[:500], words[:8_000]
    )


def _says_so(subject: str, words: str) -> bool:
    """By its subject. A person may answer a mail of such a subject, or write about an absence of their own."""
    bare = _ANSWER.sub("", subject)
    if bare == subject and (_MADE_BY_PROGRAM.match(bare) or _NOTHING_ELSE.match(bare)):
        return True
    if not (_MADE_BY_PROGRAM.match(bare) or _ABOUT_ABSENCE.match(bare)):
        return False
    return bool(_AWAY.search(words))


def is_unattended(headers: Headers) -> bool:
    """Whether no person sent it: the return path is null (RFC 3834 §2), and it is no report, which says what it is."""
    return headers.get("return-path").strip() == "<>" and headers.content_type != "multipart/report"


def is_challenge(headers: Headers, words: str) -> bool:
    """Whether the recipient's filter asks the sender to prove that they are a person."""
    if headers.get("x-boxtrapper") or headers.get("x-tmda-confirm") or headers.get("x-challenge"):
        return True
    hint = bool(_CHALLENGE_SUBJECT.search(headers.get("subject")[:500]))
    return hint and bool(_CHALLENGE_WORDS.search(words[:8_000]))
