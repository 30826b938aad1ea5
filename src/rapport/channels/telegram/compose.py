"""Making a Telegram message: plain text, or HTML of which only Telegram's own tags are left, always closed."""

from __future__ import annotations

import json
from html import escape
from html.parser import HTMLParser

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rapport.channels.protocol import Content, Message, Unfit
from rapport.channels.registry import ContentField

LONGEST, LONGEST_CAPTION = 4096, 1024
HTML = "html"
TAGS = frozenset(
    {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "blockquote", "a"}
)

FIELDS = (
    ContentField("text", gettext_lazy("Text"), "text", LONGEST, required=True),
    ContentField(
        "format",
        gettext_lazy("Format"),
        "choice",
        10,
        choices=(
            ("", gettext_lazy("Plain text")),
            (HTML, gettext_lazy("HTML: b, i, u, s, a, code, pre, blockquote")),
        ),
        help=gettext_lazy("In HTML, write {{ person.first_name | escape }} for what persons have entered."),
    ),
    ContentField(
        "media",
        gettext_lazy("Picture"),
        "url",
        help=gettext_lazy("Its public address; the text becomes its caption."),
    ),
)


def compose(content: Content) -> Message:
    """Raises Unfit."""
    if not content.address.lstrip("-").isdigit():
        raise Unfit(_("The id of a chat is a number."))
    text = content.fields.get("text", "").replace("\r\n", "\n").replace("\0", "").strip()
    media = content.fields.get("media", "").strip()
    body: dict[str, object] = {"chat_id": int(content.address)}
    shown = text
    if content.fields.get("format", "").strip() == HTML and text:
        text, shown = cleaned(text)
        body["parse_mode"] = "HTML"
    if not shown.strip() and not media:
        raise Unfit(_("The text is empty."))
    most = LONGEST_CAPTION if media else LONGEST
    if len(shown.encode("utf-16-le", "surrogatepass")) // 2 > most:
        raise Unfit(_("The text is too long: at most %(most)d characters.") % {"most": most})
    if answered := _message_number(content):
        body["reply_parameters"] = {"message_id": answered, "allow_sending_without_reply": True}
    body |= {"photo": media, "caption": text} if media else {"text": text}
    return Message("", content.address, json.dumps(body).encode(), content.reference)


def _message_number(content: Content) -> int:
    """The number within the chat of the message that is answered; 0 for none."""
    answered = content.answered
    chat, _colon, number = (answered.provider_id if answered else "").rpartition(":")
    return int(number) if chat == content.address and number.isdecimal() else 0


def cleaned(text: str) -> tuple[str, str]:
    """(the HTML with Telegram's tags only, what is read of it)."""
    parser = _Cleaner()
    parser.feed(text)
    parser.close()
    return parser.result()


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._shown: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data("\n")
        if tag not in TAGS:
            return
        href = dict(attrs).get("href") or ""
        if tag == "a" and not href.startswith(("https://", "http://", "mailto:", "tel:", "tg://")):
            return
        self._pieces.append(f'<a href="{escape(href)}">' if tag == "a" else f"<{tag}>")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open:
            inner = self._open.pop()
            self._pieces.append(f"</{inner}>")
            if inner == tag:
                break

    def handle_data(self, data: str) -> None:
        self._pieces.append(escape(data, quote=False))
        self._shown.append(data)

    def result(self) -> tuple[str, str]:
        closing = [f"</{tag}>" for tag in reversed(self._open)]
        return "".join(self._pieces + closing), "".join(self._shown)
