"""STOP is heard in the languages of the recipients, and only when it is all that is said."""

from __future__ import annotations

import pytest

from rapport.channels.keywords import Keyword, keyword_of

STOPS = """STOP|stop|Stop.|  StOp!!  |„Stopp“|STOPALL|stop all|Unsubscribe|UNSUBSCRIBE ME|opt-out|Stop. Thank you|
please stop|
Bitte abmelden|Abbestellen|ARRÊT|arret|Désabonner|STOP svp|¡Alto!|BAJA|darme de baja|basta|Disiscrivimi|Afmelden|
uitschrijven|Não quero mais|SAIR|Rezygnuję|WYPISZ MNIE|ＳＴＯＰ|stop 🛑|Quit|END|
STOP STOP STOP|Please stop texting me|Stop sending me messages!|Do not contact me|STOP\u200b|\u202aSTOP\u202c|
Sluta|AVREGISTRERA|Afmeld|Avslutt|LOPETA|Peru|Odhlásit|Leiratkozás|Állj!|Dezabonare|İPTAL|RET|ΣΤΟΠ|Διακοπή|
СТОП|Отписаться|Відписка|配信停止|退订|取消订阅|수신거부|수신 거부|إلغاء الاشتراك|הסר|
बंद करो|Từ chối|Dừng|หยุด|ยกเลิก|Berhenti"""
STARTS = "START|Start!|unstop|Anmelden|INICIAR|começar|Zapisz mnie|Inizia|aanmelden|Commencer"
HELPS = "HELP|help?|Info|Hilfe!|AIDE|ayuda|aiuto|hulp|ajuda|POMOC"
NEITHER = """stop it, this is great|STOP 12345|Count me in! We have got to STOP this bill|don't stop|yes|YES|ok|fine|
when does it end?|cancel my order please|I want to stop by tomorrow|the end|basta cosi?!|not stop|Bahnhof|
info@example.org||😀|stop stop stop this madness"""


@pytest.mark.parametrize("text", [text.strip() for text in STOPS.split("|")])
def test_these_stop(text: str) -> None:
    assert keyword_of(text) is Keyword.STOP


@pytest.mark.parametrize("text", STARTS.split("|"))
def test_these_start(text: str) -> None:
    assert keyword_of(text) is Keyword.START


@pytest.mark.parametrize("text", HELPS.split("|"))
def test_these_ask_for_help(text: str) -> None:
    assert keyword_of(text) is Keyword.HELP


@pytest.mark.parametrize("text", [*(text.strip() for text in NEITHER.split("|")), "stop " * 30_000])
def test_these_are_answers(text: str) -> None:
    assert keyword_of(text) is None


def test_a_business_has_words_of_its_own() -> None:
    assert keyword_of("No gracias, Pizza!", ["no gracias pizza", ""]) is Keyword.STOP
    assert keyword_of("...", ["", " "]) is None
