"""The traits that the builder offers, by their labels, and the comparisons that fit each one's type."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.core.access import Actor
from rapport.people.queries import traits as trait_queries
from rapport.people.values.formatting import trait_label
from rapport.people.values.schema import PERSON
from rapport.people.values.types import TraitType
from rapport.segments.builder import suggestions
from rapport.segments.builder.nodes import Node
from rapport.segments.language import comparisons

SAME = ("is", "is_not", "in", "not_in")
EXISTS = ("exists", "exists-not")
FIGURES = {TraitType.NUMBER, TraitType.WHOLE, TraitType.MONEY}
# Types that are not named here may have any comparison.
BY_TYPE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(FIGURES, (*SAME, *comparisons.NUMERIC)),
    TraitType.DATE: comparisons.TEMPORAL,
    TraitType.MOMENT: comparisons.TEMPORAL,
    TraitType.YES_NO: ("is", "is_not"),
    TraitType.COUNTRY: SAME,
    TraitType.CHOICE: SAME,
    TraitType.CHOICES: ("is", "contains", "in"),
    TraitType.LIST: ("is", "contains", "in"),
    **dict.fromkeys(
        (TraitType.TEXT, TraitType.LONG, TraitType.EMAIL, TraitType.PHONE, TraitType.URL), comparisons.TEXTUAL
    ),
}


@dataclass(frozen=True, slots=True)
class TraitChoice:
    """A trait to choose: how a definition names it, what colleagues call it, and its type where that is known."""

    name: str
    label: str
    kind: str = ""


def trait_choices(actor: Actor) -> list[TraitChoice]:
    """Traits that are defined or have been seen, also inside others (`address.city`), by label."""
    defined = {definition.key: definition for definition in trait_queries.definitions(PERSON)}
    seen = trait_queries.usage(actor, PERSON, lately=True) if actor.may("people.view") else {}
    names = dict.fromkeys([*defined, *seen, *suggestions.traits()])
    choices = [
        TraitChoice(
            name,
            " › ".join(trait_label(part, defined.get(part)) for part in name.split(".")),
            defined[name].kind if name in defined else seen[name].kind if name in seen else "",
        )
        for name in names
    ]
    return sorted(choices, key=lambda choice: choice.label.casefold())


def fit(node: Node, choices: list[TraitChoice]) -> None:
    """Leaves a trait's clause the comparisons of its type, and those it has already."""
    kind = next((choice.kind for choice in choices if choice.name == node.shown["name"]), "")
    node.shown["is_offered"] = any(choice.name == node.shown["name"] for choice in choices)
    allowed = BY_TYPE.get(kind)
    for row in node.shown["comparisons"] if allowed else ():
        fitting = {*(allowed or ()), *EXISTS, row["operator"]}
        row["options"] = [(name, label) for name, label in row["options"] if name in fitting]
        if kind == TraitType.YES_NO and row["operator"] in {"is", "is_not"}:
            row["input"] = "yes_no"
