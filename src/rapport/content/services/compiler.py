"""From what somebody wrote (MJML, Liquid) to what is rendered per recipient: HTML, plain text, links.

Done once per template version. Links become stored rows, so that a redirect's target never comes from a URL;
a pixel for opens is placed; a plain-text part is made where none was written; a way out is always there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import translation
from django.utils.translation import gettext as _

from rapport.channels.registry import ChannelKind, ContentField
from rapport.content.services.json_liquid import field_program
from rapport.content.services.links import SCHEMES, attribute, leads_somewhere, safe_url
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.mjml import Source, liquid_in, to_html
from rapport.content.services.plaintext import from_html

_HREF = re.compile(r"(<a\b[^<>]*?\shref=)(\"[^\"]*\"|'[^']*')", re.IGNORECASE | re.DOTALL)
_URL = re.compile(r"https?://[^\s<>\"')\]]+")
_PERSONAL_URL = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:[/?#].*)?", re.DOTALL)
_OWN_OUTPUT = re.compile(r"\{\{-?\s*(?:person|workspace)\.[^|}]+(\|[^}]*)?-?\}\}")
_BLOCK_TAG = re.compile(r"\{%-?\s*(end)?(if|unless|for|case|capture|tablerow|comment|raw)\b")
MAX_URL = 4_000
OURS = ("unsubscribe_url", "preferences_url")
_OURS = re.compile(rf"\{{\{{-?\s*(?:{'|'.join(OURS)})\b")
PIXEL = (
    '{% if rapport.pixel %}<img src="{{ rapport.pixel }}" width="1" height="1" alt="" '
    'style="display:block;border:0;width:1px;height:1px">{% endif %}'
)
# Nobody sees, hears or reaches it by keyboard; whatever follows it follows every link there is. In marketing only.
TRAP = (
    '{% if rapport.trap %}<div style="display:none;max-height:0;overflow:hidden" aria-hidden="true">'
    '<a href="{{ rapport.trap }}" tabindex="-1" rel="nofollow"></a></div>{% endif %}'
)
FOOTER = (
    '{{% if unsubscribe_url %}}<div style="font:12px/1.5 Helvetica,Arial,sans-serif;color:#6b7280;'
    'text-align:center;padding:24px">{{{{ workspace.name }}}}{{% if workspace.postal_address %}} · '
    '{{{{ workspace.postal_address }}}}{{% endif %}}<br><a href="{{{{ unsubscribe_url }}}}" style="color:#6b7280">'
    '{unsubscribe}</a> · <a href="{{{{ preferences_url }}}}" style="color:#6b7280">{preferences}</a></div>'
    "{{% endif %}}"
)


@dataclass(slots=True)
class Compiled:
    """`links[i]` is the target of position i; `warnings` are for the author, in words. `subject` and `preheader` are
    Liquid, as they are rendered.
    """

    html: str
    plain: str
    links: list[str]
    warnings: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    subject: str = ""
    preheader: str = ""


def compile_mail(
    *, subject: str, preheader: str, mjml: str, text: str = "", language: str = "", links: Sequence[str] = ()
) -> Compiled:
    """Compiles and checks every part; its links are counted after those in `links`.

    What is added speaks the `language`. Raises TemplateError (message, line in the MJML or 0).
    """
    _check_line(subject, _("The subject"))
    _check_line(preheader, _("The preheader"))
    _check_liquid(mjml)
    source = Source(mjml)
    page = to_html(source)
    work = _Links(source, links)
    page = _HREF.sub(work.replace_href, page)
    if not any(name in part for part in source.liquid for name in OURS):
        work.warnings.append(_("There was no unsubscribe link, so one is added at the end."))
        page = page.replace("</body>", source.absorb(_footer(language)) + "</body>")
    page = _with_preheader(page, source, preheader)
    page = page.replace("</body>", source.absorb(PIXEL) + "</body>")
    plain = _URL.sub(work.replace_text_url, text) if text.strip() else from_html(page)
    page = re.sub(r"(<body\b[^>]*>)", lambda match: str(match[1]) + source.absorb(TRAP), page, count=1)
    result = Compiled(
        source.restore(page), source.restore(plain, plain=True), work.links, work.warnings,
        subject=subject, preheader=preheader,
    )  # fmt: skip
    _check_parts(result)
    return result


def _footer(language: str) -> str:
    with translation.override(language or translation.get_language()):
        return FOOTER.format(unsubscribe=_("Unsubscribe"), preferences=_("Preferences"))


def compile_fields(kind: ChannelKind, fields: Mapping[str, str], links: Sequence[str] = ()) -> Compiled:
    """Checks every field of a channel's content and replaces the links in its texts. Raises TemplateError."""
    work, compiled = _Links(Source(""), links), {}
    for field_of in kind.fields:
        text = str(fields.get(field_of.key, ""))
        if field_of.required and not text.strip():
            raise TemplateError(_("%(field)s is empty") % {"field": field_of.label})
        if len(text) > field_of.limit and "{" not in text:
            raise TemplateError(
                _("%(field)s: at most %(limit)d characters")
                % {"field": field_of.label, "limit": field_of.limit}
            )
        _check_field(kind, field_of, text)
        if field_of.kind in {"text", "url"} and field_of.links:
            text = _URL.sub(work.replace_text_url, text)
            _check_field(kind, field_of, text)
        compiled[field_of.key] = text
    return Compiled("", "", work.links, work.warnings, compiled)


def _check_liquid(mjml: str) -> None:
    """Parsed as written first, because only here do Liquid's lines match what the author sees."""
    try:
        Program(mjml, html=True)
    except TemplateError as error:
        if error.line:
            raise
        raise TemplateError(error.message, _unclosed_line(mjml)) from error


def _unclosed_line(source: str) -> int:
    """The line of the innermost Liquid block that is never closed, or 0."""
    open_tags: list[tuple[str, int]] = []
    for match in _BLOCK_TAG.finditer(source):
        if not match[1]:
            open_tags.append((match[2], match.start()))
        elif open_tags and open_tags[-1][0] == match[2]:
            open_tags.pop()
    return source.count("\n", 0, open_tags[-1][1]) + 1 if open_tags else 0


def _check_parts(result: Compiled) -> None:
    for part, is_html in (
        (result.html, True),
        (result.plain, False),
        *((link, False) for link in result.links),
    ):
        Program(part, html=is_html)


def _check_field(kind: ChannelKind, field_of: ContentField, text: str) -> None:
    try:
        field_program(kind, field_of.key, text)
    except TemplateError as error:
        raise TemplateError(f"{field_of.label}: {error.message}") from error


def _check_line(source: str, what: str) -> None:
    try:
        Program(source)
    except TemplateError as error:
        raise TemplateError(f"{what}: {error.message}") from error


def _with_preheader(page: str, source: Source, preheader: str) -> str:
    if not preheader.strip():
        return page
    hidden = (
        '<div style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;'
        f'overflow:hidden">{html.escape(preheader) if "{" not in preheader else preheader}</div>'
    )
    return re.sub(r"(<body\b[^>]*>)", lambda match: match[1] + source.absorb(hidden), page, count=1)


class _Links:
    """Decides link by link: tracked, ours, or left alone."""

    def __init__(self, source: Source, links: Sequence[str]) -> None:
        self.source = source
        self.links = list(links)
        self.warnings: list[str] = []

    def replace_href(self, match: re.Match[str]) -> str:
        url = self.source.restore(attribute(match[2][1:-1])).strip()
        target = self._target(url)
        if target == url and "{" in url and not _OURS.search(url) and _stands_alone(url):
            written, target = _guarded(url, is_html=True), _guarded(url)
        else:
            written = target if "{" in target else html.escape(target)
        return f'{match[1]}"{self.source.aside(written, plain=target)}"'

    def replace_text_url(self, match: re.Match[str]) -> str:
        trailing = len(match[0]) - len(match[0].rstrip(".,;:!?"))
        url = match[0][: len(match[0]) - trailing]
        return self._target(url) + match[0][len(url) :]

    def _target(self, url: str) -> str:
        if _OURS.search(url) or url.startswith("#"):
            return url
        if len(url) > MAX_URL:
            raise TemplateError(
                _("A link is longer than %(n)d characters.") % {"n": MAX_URL}, self._line_of(url)
            )
        if "{" not in url:
            return self._plain_target(url)
        personal = _with_encoded_outputs(url)
        if personal is not None:
            return self._tracked(personal)
        self.warnings.append(_("Clicks on %(url)s are not counted: its address is personal.") % {"url": url})
        return url

    def _plain_target(self, url: str) -> str:
        scheme = url.split(":", 1)[0].lower() if ":" in url else ""
        if scheme in {"http", "https"} and leads_somewhere(url):
            return self._tracked(url)
        if scheme in SCHEMES - {"http", "https"}:
            return safe_url(url)
        raise TemplateError(
            _("A link goes to %(url)r, which is not an address that starts with https://.")
            % {"url": url[:200]},
            self._line_of(url),
        )

    def _tracked(self, url: str) -> str:
        if url in self.links:
            position = self.links.index(url)
        else:
            position = len(self.links)
            self.links.append(url)
        return f"{{{{ rapport.link_{position} }}}}"

    def _line_of(self, url: str) -> int:
        place = self.source.original.find(url)
        return self.source.original.count("\n", 0, place) + 1 if place >= 0 else 0


def _stands_alone(url: str) -> bool:
    """Whether no block of Liquid begins in the address and ends elsewhere."""
    try:
        Program(url)
    except TemplateError:
        return False
    return True


def _guarded(url: str, *, is_html: bool = False) -> str:
    """The address, looked at as a whole when it is known for whom: what a mail client may not open becomes `#`."""
    pieces, last = [], 0
    for start, end in liquid_in(url):
        pieces += [url[last:start], url[start:end]]
        last = end
    pieces.append(url[last:])
    if is_html:  # what Liquid writes there is escaped, and so is the rest
        pieces[::2] = [html.escape(piece) for piece in pieces[::2]]
    filters = "unescaped | safe_url" if is_html else "safe_url"
    return f"{{% capture rapport_url %}}{''.join(pieces)}{{% endcapture %}}{{{{ rapport_url | {filters} }}}}"


def _with_encoded_outputs(url: str) -> str | None:
    """The address with every personal part URL-encoded, or None if it cannot be known at click time."""
    if "{%" in url or not _PERSONAL_URL.fullmatch(url.split("{{", 1)[0].rstrip() or "-"):
        return None
    outputs = re.findall(r"\{\{.*?\}\}", url, re.DOTALL)
    if not all(_OWN_OUTPUT.fullmatch(output) for output in outputs):
        return None
    if "/" not in url.split("{{", 1)[0].split("://", 1)[1] and "?" not in url.split("{{", 1)[0]:
        return None

    def encode(match: re.Match[str]) -> str:
        inner = match[0].strip("{}").strip("-").strip()
        return "{{ " + inner + ("" if "url_encode" in inner else " | url_encode") + " }}"

    return re.sub(r"\{\{.*?\}\}", encode, url, flags=re.DOTALL)
