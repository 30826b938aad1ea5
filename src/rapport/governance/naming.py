"""Purposes and channels as others write them: in any case, with blanks or dashes, by key or by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping


def letters(text: str) -> str:
    """The letters and digits of a text, without their case: what two spellings of one name share."""
    return "".join(
        character for character in unicodedata.normalize("NFKC", text).casefold() if character.isalnum()
    )


def named(text: str, names: Mapping[str, str]) -> str:
    """The key that is meant, of {key: name}, or an empty text when none is or several are."""
    if text in names:
        return text
    wanted = letters(text)
    keys = {key for key, name in names.items() if wanted in {letters(key), letters(name)} and wanted}
    return keys.pop() if len(keys) == 1 else ""
