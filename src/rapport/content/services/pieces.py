"""Ready parts of an email, for the visual editor's palette and the source editor's menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rapport.content.models import Block

COLUMN = "<mj-column>\n      <mj-text>{text}</mj-text>\n    </mj-column>"

HEADING = """<mj-text font-size="28px" font-weight="700" line-height="1.2">
  <h2 style="margin:0;font:inherit">{text}</h2></mj-text>"""
BUTTON = """<mj-button background-color="{{ brand.primary }}" color="{{ brand.on_primary }}"
  border-radius="{{ brand.radius }}" href="ADDRESS">TEXT</mj-button>"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part that can be put into an email. The icon is one of the design system's."""

    key: str
    label: str
    icon: str
    mjml: str


def pieces() -> list[Piece]:
    """The simple ones."""
    words = _("Write here what you want to say.")
    return [
        Piece("text", _("Text"), "file-text", f"<mj-text>{words}</mj-text>"),
        Piece("heading", _("Heading"), "hash", HEADING.format(text=_("A heading"))),
        Piece("image", _("Image"), "image", '<mj-image src="" alt="" />'),
        Piece("button", _("Button"), "mouse-pointer-click", button(_("Read on"))),
        Piece("divider", _("Line"), "minus", '<mj-divider border-color="#d0d5dd" border-width="1px" />'),
        Piece("space", _("Space"), "chevrons-up-down", '<mj-spacer height="24px" />'),
        Piece("section", _("Section"), "rows-3", _section(words)),
        Piece("columns-2", _("2 columns"), "columns-3", _section(words, words)),
        Piece("columns-3", _("3 columns"), "columns-3", _section(words, words, words)),
    ]  # fmt: skip


def of_blocks(blocks: list[Block]) -> list[Piece]:
    """The saved blocks, which stay one: whoever changes the block changes it everywhere."""
    return [
        Piece(
            f"block-{block.key}",
            block.name,
            "package",
            f"{{{{ blocks.{block.key} }}}}"
            if block.kind == Block.Kind.MJML
            else f"<mj-text>{{{{ blocks.{block.key} }}}}</mj-text>",
        )
        for block in blocks
    ]


def words() -> dict[str, Any]:
    """What the visual editor says."""
    return {
        "nothing": _("Choose a part of the message to change it."),
        "locked": _("This part is written in the source; here it stays as it is."),
        "toSource": _("Change it in the source"),
        "content": _("Text"),
        "choose": _("Choose from the library"),
        "alt": _("Say what is on the image, for whoever cannot see it."),
        "any": _("Any colour"),
        "brand": _("Brand"),
        "canvas": _("The message"),
        "link": _("Link"),
        "address": _("Address of the link"),
        "personal": _("Personal value"),
        "colors": {
            "primary": _("Main colour"),
            "text": _("Text"),
            "background": _("Background"),
            "surface": _("Surface"),
        },
        "kinds": _kinds(),
        "fields": _fields(),
        "choices": _choices(),
        "refused": {
            "body": _("There is no <mj-body> in the source."),
            "open": _("<{name}> is never closed."),
            "close": _("</{name}> has no opening tag."),
            "liquid": _("{name} begins in one part of the message and ends in another."),
        },
    }


def button(text: str, address: str = "https://example.com") -> str:
    """In the brand's colours."""
    return BUTTON.replace("ADDRESS", address).replace("TEXT", text)


def _kinds() -> dict[str, str]:
    return {
        "mj-body": _("Whole message"),
        "mj-wrapper": _("Frame"),
        "mj-section": _("Section"),
        "mj-group": _("Group of columns"),
        "mj-column": _("Column"),
        "mj-hero": _("Image with text on it"),
        "mj-text": _("Text"),
        "mj-button": _("Button"),
        "mj-image": _("Image"),
        "mj-divider": _("Line"),
        "mj-spacer": _("Space"),
        "mj-social": _("Social networks"),
        "mj-table": _("Table"),
        "lock": _("Source"),
        "liquid": _("Condition or loop"),
    }


def _fields() -> dict[str, str]:
    return {
        "background-color": _("Background"),
        "background-url": _("Background image"),
        "container-background-color": _("Background"),
        "color": _("Colour of the text"),
        "border-color": _("Colour"),
        "border-width": _("Thickness"),
        "border-radius": _("Round corners"),
        "padding": _("Space around"),
        "inner-padding": _("Space inside"),
        "font-size": _("Size of the text"),
        "line-height": _("Line height"),
        "align": _("Alignment"),
        "vertical-align": _("Vertical alignment"),
        "width": _("Width"),
        "height": _("Height"),
        "href": _("Address of the link"),
        "src": _("Address of the image"),
        "alt": _("Alternative text"),
        "mode": _("Direction"),
    }


def _choices() -> dict[str, str]:
    return {
        "left": _("Left"),
        "center": _("Centre"),
        "right": _("Right"),
        "top": _("Top"),
        "middle": _("Middle"),
        "bottom": _("Bottom"),
        "horizontal": _("Side by side"),
        "vertical": _("One below the other"),
    }


def _section(*texts: str) -> str:
    columns = "\n    ".join(COLUMN.format(text=text) for text in texts)
    return f"<mj-section>\n    {columns}\n  </mj-section>"
