"""The words by which persons leave a channel of messages, come back to it, or ask who is writing.

A message means one of them only if it is nothing else: "Stop." does, "stop it, this is great" is an answer, and so is
"STOP 12345", which many services use to end one thing. A courtesy beside the word changes nothing ("Stop. Thank you"),
nor does saying it twice ("STOP STOP").
YES is no word of these: it answers other questions too, and would make a consent of it.
"""

from __future__ import annotations

import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from rapport.channels.incoming import Choice
from rapport.channels.registry import SettingField


class Keyword(enum.Enum):
    STOP = "stop"
    START = "start"
    HELP = "help"


_WORDS = {
    Keyword.STOP: """
        stop, stopall, stop all, stop sms, stop now, unsubscribe, cancel, end, quit, revoke, optout, opt out, td,
        unsubscribe me, remove me, take me off your list, remove me from your list, stop texting, stop texting me,
        stop messaging, stop messaging me, stop messages, stop texts, stop sending messages, stop sending me messages,
        stop sending texts, stop sending me texts, stop contacting me, do not text me, do not contact me, no more texts,
        no more messages, leave me alone,
        stopp, abmelden, abbestellen, austragen, abbruch, ende, keine sms mehr, keine nachrichten mehr,
        arret, arreter, desinscrire, desinscription, desabonner, desabonnement, fin,
        alto, parar, baja, cancelar, detener, darme de baja, dar de baja, no mas,
        ferma, fermare, basta, cancella, cancellami, annulla, disiscrivi, disiscrivimi,
        stoppen, afmelden, uitschrijven, opzeggen, afzeggen,
        pare, sair, remover, descadastrar, nao quero mais,
        koniec, rezygnuje, rezygnacja, wypisz, wypisz mnie, anuluj, zatrzymaj,
        sluta, avsluta, stoppa, avregistrera, avregistrera mig, avprenumerera,
        afmeld, afmeld mig, framelding, afslut, avslutt, avmeld, meld av, meld meg av,
        lopeta, peruuta, peru, poista,
        konec, ukončit, odhlásit, zrušit, odhlásiť, zrušiť, odjava, odjavi, prekini,
        állj, leiratkozás, leiratkozom, lemondom, vége,
        dezabonare, dezabonează, dezabonează mă, oprește, renunț,
        dur, durdur, iptal, ret, abonelikten çık,
        lõpeta, atteikties, apturēt, atsisakyti, stabdyti,
        στοπ, διακοπή, διαγραφή, τέλος,
        стоп, стоп смс, отписка, отписаться, отпишите меня, отмена, отказ, хватит,
        відписка, відписатися, відпишіть мене, відмова, зупинити, отпиши, отписване, откажи,
        停止, 停止配信, 配信停止, 解除, 登録解除, 配信解除, 中止, ストップ,
        退订, 退訂, 取消, 取消订阅, 取消訂閱, 拒收, 停止发送, 중지, 중단, 정지, 해지, 거부, 수신거부, 수신 거부,
        توقف, إيقاف, أوقف, قف, إلغاء, إلغاء الاشتراك, הסר, הסרה, הסירו אותי, עצור, הפסק,
        बंद, बंद करो, बंद करें, रोकें, रुको, dừng, dừng lại, ngừng, hủy, từ chối, หยุด, ยกเลิก,
        berhenti, henti, batal, itigil, tigil, ihinto
    """,
    Keyword.START: """
        start, unstop, resume, subscribe, optin, opt in,
        starten, anmelden, wieder anmelden,
        demarrer, reprendre, commencer, abonner, inscrire,
        iniciar, inicio, alta, comenzar, empezar,
        inizia, inizio, avvia, iscrivi, iscrivimi,
        aanmelden, inschrijven,
        comecar, inscrever, assinar,
        zapisz, zapisz mnie, wznow, rozpocznij
    """,
    Keyword.HELP: "help, info, hilfe, aide, ayuda, aiuto, hulp, ajuda, pomoc, informacje",
}
_COURTESIES = re.compile(
    r"\b(?:please|pls|thank you|thanks?|thx|bitte|danke|svp|s il vous plait|merci|por favor|gracias|per favore|grazie"
    r"|alstublieft|alsjeblieft|aub|bedankt|obrigado|obrigada|prosze|dziekuje)\b"
)
_LONGEST = 60


def _normalised(text: str) -> str:
    """Small characters without accents, with single spaces for all that is neither character nor figure."""
    characters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(character for character in characters if not unicodedata.combining(character))
    return " ".join(re.sub(r"[\W_]+", " ", kept).split())


_MEANINGS = {
    _normalised(word): keyword
    for keyword, words in _WORDS.items()
    for word in words.split(",")
    if word.strip()
}


def keyword_of(text: str, more_stops: Iterable[str] = ()) -> Keyword | None:
    """What a message asks for by one of these words, or by one of the business's own for STOP."""
    if len(text) > _LONGEST:
        return None
    words = _normalised(text)
    bare = _COURTESIES.sub(" ", words).split()
    forms = (words, " ".join(bare), " ".join(dict.fromkeys(bare)))
    if not {_normalised(word) for word in more_stops}.isdisjoint({*forms} - {""}):
        return Keyword.STOP
    return next((_MEANINGS[form] for form in forms if form in _MEANINGS), None)


def choice_of(
    keyword: Keyword | None, *, address: str, text: str, at: dt.datetime, provider_id: str
) -> Choice | None:
    """The choice that a keyword is; HELP is none."""
    if keyword in {None, Keyword.HELP}:
        return None
    return Choice(address, keyword is Keyword.START, at, text[:200], provider_id)


ANSWER_FIELDS = (
    SettingField(
        "stop_answer",
        _("Answer to STOP"),
        required=False,
        help=_("One text that confirms it. Empty: no answer, for providers that answer themselves."),
    ),
    SettingField("start_answer", _("Answer to START"), required=False),
    SettingField(
        "help_answer", _("Answer to HELP"), required=False, help=_("Who you are and how to reach you.")
    ),
    SettingField(
        "stop_words",
        _("More words for STOP"),
        required=False,
        help=_("Separated by commas. Those of some thirty languages are known."),
    ),
)


def answer_to(keyword: Keyword | None, settings: Mapping[str, Any]) -> str:
    """What the account's settings answer to a keyword; empty for nothing."""
    return str(settings.get(f"{keyword.value}_answer") or "").strip() if keyword else ""
