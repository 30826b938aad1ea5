"""How a property of an event is read for a figure: as JSON literals, or as amounts; lists of products too.

A literal is the value as JSON writes it (`50.5`, `"abc"`, `true`), so that a value keeps its type; "" stands for
none. Objects, and lists where no [] asks for their members, are no values; neither is text beyond 500 characters.
"""

from __future__ import annotations

from dataclasses import dataclass

from rapport.segments.language.compilation import path
from rapport.segments.language.values import event_property

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """SQL over one event: `literal` ("" for none) and `literals`; `amount` (NULL for none), how many amounts
    it stands for, and the smallest and largest of them."""

    literal: str
    literals: str
    amount: str
    amounts: str
    smallest: str
    largest: str


def reading(name: str, holder: str) -> Reading:
    """`products[].quantity` reads a property of each product, `tags[]` each member of a plain list."""
    if "[]" in name:
        return _of_list(name, holder)
    literal = f"ifNull(toJSONString({holder}.{path(name)}), '')"
    plain = f"if({_scalar(literal)}, {literal}, '')"
    amount = event_property(name, holder).decimal
    return Reading(
        literal=plain,
        literals=f"if({_scalar(literal)}, [{literal}], [])",
        amount=amount,
        amounts=f"toUInt64(isNotNull({amount}))",
        smallest=amount,
        largest=amount,
    )


def _of_list(name: str, holder: str) -> Reading:
    before, _, after = name.partition("[]")
    place = f"{holder}.{path(before)}"
    if after:
        members = f"{place}.:`Array(JSON)`.{path(after.removeprefix('.'))}"
        raw = f"arrayMap(x -> ifNull(toJSONString(x), ''), {members})"
    else:
        raw = f"JSONExtractArrayRaw(ifNull(toJSONString({place}), ''))"
    literals = f"arrayFilter(x -> {_scalar('x')} AND x != 'null', {raw})"
    text = "if(startsWith(x, '\"'), JSONExtractString(x), x)"
    numbers = f"arrayFilter(x -> isNotNull(x), arrayMap(x -> toDecimal128OrNull({text}, 6), {literals}))"
    plain = f"arrayMap(x -> assumeNotNull(x), {numbers})"
    return Reading(
        literal=f"{literals}[1]",
        literals=literals,
        amount=f"if(empty({plain}), NULL, arraySum({plain}))",
        amounts=f"length({plain})",
        smallest=f"if(empty({plain}), NULL, arrayMin({plain}))",
        largest=f"if(empty({plain}), NULL, arrayMax({plain}))",
    )


def _scalar(literal: str) -> str:
    return f"(NOT match({literal}, '^([{{\\\\[]|$)') AND length({literal}) <= {LONGEST})"
