"""The gallery: designed messages to start from, as files that anybody can read.

A file of `gallery/` has its name, subject and colours at the top and the sections of the message below; `frame.mjml` is
around all of them. Words stand in [[…]], and `de.txt` has the German for each. `<art tiles="q21 o34">` becomes a row of
shapes: a letter for the shape, then its colour and that behind it, of the last five colours.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rapport.content import queries
from rapport.content.services import liquid
from rapport.content.services.brand_values import saturation
from rapport.content.services.compiler import compile_mail
from rapport.content.services.expanding import Library
from rapport.content.services.liquid import Program
from rapport.content.services.previews import SAMPLE_DATA, ways_out

FOLDER = Path(__file__).parent.parent / "gallery"
DEFAULT_REASON = "You get this because you agreed to hear from us."
ORDER = (
    *(
        "welcome",
        "newsletter",
        "product-launch",
        "sale",
        "abandoned-cart",
        "order-confirmation",
        "back-in-stock",
    ),
    *("birthday", "win-back", "event-invitation", "feedback", "loyalty-statement", "letter", "receipt"),
    *("price-drop", "onboarding", "recommendations", "replenish", "renewal", "recommend", "tier"),
)
_WORDS = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_HEX = re.compile(r"#[0-9a-f]{6}\b")
# Who has described the brand sees it in every design; everybody else the design's own colours.
BRAND = {
    "font": "{{ brand.font | default: 'Inter, -apple-system, Segoe UI, Helvetica, Arial, sans-serif' }}",
    "radius": "{{ brand.radius | default: '999px' }}",
    "onbutton": "{{ brand.on_primary | default: '#ffffff' }}",
    "footer": "{{ brand.footer_line | default: '' }}",
    "mark": "{{ brand.mark | default: workspace.name }}",
}
GREY = 0.2  # of saturation
OWN_COLORS = "#1f4e5f #a5d8e6 #f0f5f6 #1f4e5f #5fb0c5 #f2b84b #dcebf0 #f8fafc"
OWN_MAIL = """<mj-section><mj-column>
  <mj-text mj-class="brand">$mark</mj-text>
</mj-column></mj-section>
<art tiles="q21 o34 s51 w42 a15 n23" />
<mj-section padding="0 0 40px"><mj-column>
  {}
</mj-column></mj-section>"""
_ART = re.compile(r'<art tiles="([^"]+)" />')
_ROUND = {
    "s": "0",
    "o": "50%",
    "q": "100% 0 0 0",
    "w": "0 100% 0 0",
    "a": "0 0 0 100%",
    "n": "100px 100px 0 0",
    "u": "0 0 100px 100px",
    "l": "100% 0 100% 0",
}


@dataclass(frozen=True, slots=True)
class Design:
    """A designed message, in one language."""

    key: str
    name: str
    purpose: str
    subject: str
    preheader: str
    mjml: str


@functools.cache
def design(key: str, language: str = "") -> Design:
    """In a language that the gallery has, or else in English. Raises KeyError."""
    if key not in ORDER:
        raise KeyError(key)
    head, body = (FOLDER / f"{key}.mjml").read_text("utf-8").split("---\n", 1)
    return _composed(key, dict(line.split(": ", 1) for line in head.splitlines()), body, language)


def own_mail(
    *,
    subject: str,
    preheader: str,
    title: str,
    paragraphs: Sequence[str],
    button: str,
    url: str,
    language: str,
) -> Design:
    """A message of our own words, in their language already, as the designs look."""
    lines = [f'<mj-text mj-class="title" css-class="title"><h1>{title}</h1></mj-text>']
    lines += [f'<mj-text mj-class="lead">{paragraph}</mj-text>' for paragraph in paragraphs]
    if button:
        lines.append(f'<mj-button css-class="button" href="{url}">{button}</mj-button>')
    about = {"name": subject, "for": "", "subject": subject, "preheader": preheader, "colors": OWN_COLORS}
    return _composed("", about, OWN_MAIL.format("\n  ".join(lines)), language, ours=True)


def _composed(key: str, about: Mapping[str, str], body: str, language: str, *, ours: bool = False) -> Design:
    """A design of its parts; `ours`: the words are in this language already, but for the frame's."""
    say = _speaker(language)
    own: Callable[[str], str] = str if ours else say
    colors = about["colors"].split()
    values = {
        **BRAND,
        **dict(zip(("accent", "glow", "tint"), colors, strict=False)),
        "button": f"{{{{ brand.primary | default: '{colors[0]}' }}}}",
        "language": "de" if say is not str else "en",
        "subject": own(about["subject"]),
        "reason": say(about.get("reason", DEFAULT_REASON)),
        "content": _ART.sub(lambda match: _art(match[1], colors[3:]), body).rstrip(),
    }
    values |= {name: _branded(values[name]) for name in ("accent", "glow", "tint", "content")}
    mjml = _filled((FOLDER / "frame.mjml").read_text("utf-8"), values)
    return Design(
        key,
        own(about["name"]),
        own(about["for"]),
        values["subject"],
        own(about["preheader"]),
        _WORDS.sub(lambda match: say(match[1]), mjml),
    )


def designs() -> list[Design]:
    """All of them, in the language of who looks."""
    return [design(key, get_language() or "") for key in ORDER]


def picture(key: str, language: str = "") -> str:
    """The message as its picture shows it: made up values, and nothing tracked."""
    return _drawn(key, language, _look())


def _look() -> str:
    brand = queries.brand()
    return f"{brand.version} {brand.updated_at} {brand.primary}"


@functools.lru_cache(maxsize=64)
def _drawn(key: str, language: str, _brand: str) -> str:
    chosen = design(key, language)
    chosen = replace(chosen, mjml=Library().mjml(chosen.mjml, language))
    compiled = compile_mail(subject=chosen.subject, preheader=chosen.preheader, mjml=chosen.mjml)
    return liquid.noting_missing(lambda: Program(compiled.html, html=True).render(sample()))[0]


def sample() -> dict[str, object]:
    """What the pictures are of."""
    return {
        "person": {"first_name": "Ada", "name": "Ada Brown", "points": 640, "tier": "Gold"},
        "workspace": {
            "name": _("Your business"),
            "sender_name": "Sam",
            "postal_address": "1 High Street, London N1",
        },
        "data": SAMPLE_DATA,
        "rapport": {f"link_{at}": "#" for at in range(20)} | {"pixel": ""},
        **ways_out(),
    }


def _filled(text: str, values: dict[str, str]) -> str:
    filled = re.sub(r"\$([a-z]+)", lambda match: values[match[1]], text)
    return re.sub(r"\$([a-z]+)", lambda match: values[match[1]], filled)


def _branded(text: str) -> str:
    """Every colour of a design as that of the brand which is as light; greys stay."""
    return _HEX.sub(
        lambda at: f"{{{{ brand.tone | default: '{at[0]}' }}}}" if saturation(at[0]) > GREY else at[0], text
    )


def _speaker(language: str) -> Callable[[str], str]:
    if not language.startswith("de"):
        return str
    german = _german()
    return lambda english: german[english]


@functools.cache
def _german() -> dict[str, str]:
    lines = (FOLDER / "de.txt").read_text("utf-8").splitlines()
    return dict(zip(lines[::3], lines[1::3], strict=True))


def _art(tiles: str, colors: list[str]) -> str:
    cells = "".join(_tile(tile, colors) for tile in tiles.split())
    table = (
        f'<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>{cells}</tr></table>'
    )
    return f'<mj-section><mj-column><mj-text padding="0" line-height="0">{table}</mj-text></mj-column></mj-section>'


def _tile(tile: str, colors: list[str]) -> str:
    shape, front, back = tile[0], colors[int(tile[1]) - 1], colors[int(tile[2]) - 1]
    if shape == "x":
        inside = '<div class="tile" style="height:100px">&nbsp;</div>'
    elif shape == "d":
        style = f"width:40%;height:40px;margin:30px auto;border-radius:50%;background:{front}"
        inside = f'<div class="dot" style="{style}">&nbsp;</div>'
    else:
        style = f"height:100px;border-radius:{_ROUND[shape]};background:{front}"
        inside = f'<div class="tile" style="{style}">&nbsp;</div>'
    return f'\n<td width="16.66%" bgcolor="{back}" style="padding:0;background:{back}">{inside}</td>'
