"""Putting the brand and the blocks into what somebody wrote, before it is compiled.

Both are known when a version is published, so that they cost nothing when a message is rendered.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from rapport.content import queries
from rapport.content.models import Block, Brand, Written
from rapport.content.services.brand_values import markup_of, toned, values_of
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.mjml import liquid_in
from rapport.core import languages

_USE = re.compile(
    r"\{\{-?\s*(?:blocks\.(?P<block>[A-Za-z0-9_-]+?)|brand\.(?P<brand>\w+)"
    r"(?:\s*\|\s*default:\s*(?:'(?P<plain>[^'{}]*)'|(?P<name>[a-z_]+\.[a-z_]+)))?)\s*-?\}\}"
)
DEEPEST = 5


class Library:
    """The brand and the blocks as they are now. `uses` is what was put in: {"brand": 2, "blocks": {key: version}}."""

    def __init__(self) -> None:
        self.uses: dict[str, Any] = {}
        self._brand: Brand | None = None
        self._values: dict[str, str] = {}
        self._markup: dict[str, str] = {}
        self._blocks: dict[str, Block | None] = {}

    def expanded(self, written: Written, language: str) -> Written:
        """Every part with the brand and the blocks in it. Raises TemplateError with the line in the MJML."""
        return replace(
            written,
            subject=self.text(written.subject, language),
            preheader=self.text(written.preheader, language),
            mjml=self.mjml(written.mjml, language),
            text=self.text(written.text, language),
            fields={name: self.text(text, language) for name, text in written.fields.items()},
        )

    def text(self, source: str, language: str, inside: tuple[str, ...] = ()) -> str:
        """For what is not HTML."""
        return self._put_in(source, language, inside, is_mjml=False)

    def mjml(self, source: str, language: str, inside: tuple[str, ...] = ()) -> str:
        """For MJML. The lines stay what they are, so that errors name those of the author."""
        return self._put_in(source, language, inside, is_mjml=True)

    def _put_in(self, source: str, language: str, inside: tuple[str, ...], *, is_mjml: bool) -> str:
        if "brand." not in source and "blocks." not in source:
            return source

        def put(match: re.Match[str]) -> str:
            try:
                if match["brand"]:
                    return self._of_brand(match, is_mjml=is_mjml)
                return self._block(match["block"], language, inside, is_mjml=is_mjml)
            except TemplateError as error:
                line = source.count("\n", 0, match.start()) + 1 if is_mjml and not inside else 0
                raise TemplateError(error.message, line) from error

        return _USE.sub(put, source)

    def _of_brand(self, match: re.Match[str], *, is_mjml: bool) -> str:
        """A value of the brand; its `default` where nobody has described the brand yet."""
        if self._brand is None:
            self._brand = queries.brand()
            self._values, self._markup = values_of(self._brand), markup_of(self._brand)
        self.uses["brand"] = self._brand.version
        name, default, other = match["brand"], match["plain"], match["name"]
        if self._brand._state.adding and (default is not None or other):
            return f"{{{{ {other} }}}}" if other else default
        if name == "tone" and default:
            return toned(self._brand.primary, default)
        if name in self._markup and is_mjml:
            return self._markup[name]
        if name not in self._values:
            raise TemplateError(_("the brand has no “%(name)s”") % {"name": name})
        return html.escape(self._values[name]) if is_mjml else self._values[name]

    def _block(self, key: str, language: str, inside: tuple[str, ...], *, is_mjml: bool) -> str:
        block = self._block_named(key)
        if key in inside:
            raise TemplateError(_("the block “%(key)s” contains itself") % {"key": key})
        if len(inside) >= DEEPEST:
            raise TemplateError(_("blocks are nested more than %(n)d deep") % {"n": DEEPEST})
        if block.kind == Block.Kind.MJML and not is_mjml:
            raise TemplateError(_("the block “%(key)s” is part of an email, not a text") % {"key": key})
        self.uses.setdefault("blocks", {})[key] = block.version
        body, within = body_of(block, language), (*inside, key)
        if not is_mjml:
            return self.text(body, language, within)
        if block.kind == Block.Kind.MJML:
            return " ".join(self.mjml(body, language, within).splitlines())
        expanded = _outside_liquid(self.text(body, language, within), html.escape)
        return "<br />".join(expanded.splitlines())

    def _block_named(self, key: str) -> Block:
        if key not in self._blocks:
            self._blocks[key] = Block.objects.filter(key=key).first()
        block = self._blocks[key]
        if block is None:
            raise TemplateError(_("there is no block “%(key)s”") % {"key": key})
        return block


def body_of(block: Block, language: str) -> str:
    """What it says in a language, the nearest it has, or its own."""
    best = languages.best(language, [block.language, *block.translations])
    return str(block.translations.get(best, block.body))


def _outside_liquid(text: str, change: Callable[[str], str]) -> str:
    pieces, last = [], 0
    for start, end in liquid_in(text):
        pieces += [change(text[last:start]), text[start:end]]
        last = end
    return "".join([*pieces, change(text[last:])])
