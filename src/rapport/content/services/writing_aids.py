"""What the source editor offers to whoever writes: names, filters, blocks, components, and its own words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from rapport.content.registry import LIQUID_VARIABLES
from rapport.content.services.mjml import ELEMENTS
from rapport.people.queries import traits

_ATTRIBUTES = (
    "align alt background-color background-url border border-radius color container-background-color css-class "
    "direction font-family font-size font-style font-weight full-width height href inner-padding letter-spacing "
    "line-height mj-class padding src text-decoration title vertical-align width"
).split()
_FILTERS = (
    'default: ""',
    'date: "%d %B %Y"',
    'join: ", "',
    "plus: 1",
    "minus: 1",
    "truncate: 40",
    *"capitalize downcase upcase escape newline_to_br round size first last url_encode".split(),
)
_BLOCKS = "if elsif else endif unless endunless for endfor assign case when endcase".split()


def aids() -> dict[str, Any]:
    """All of them, as the script reads them."""
    names = [("first_name", ""), ("name", ""), ("email", ""), ("id", "")]
    names += [(trait.key, str(trait.label)) for trait in traits.definitions("person")]
    offered = {f"person.{key}": label for key, label in names if key.isidentifier()}
    offered |= dict.fromkeys(("workspace.name", "workspace.sender_name", "workspace.postal_address"), "")
    offered |= dict.fromkeys(("unsubscribe_url", "preferences_url"), "")
    for variable in LIQUID_VARIABLES:
        offered |= {f"{variable.name}.{key}": "" for key in variable.sample()}
    return {
        "names": [{"label": name, "detail": label, "type": "variable"} for name, label in offered.items()],
        "filters": [{"label": text, "type": "function"} for text in _FILTERS],
        "blocks": [{"label": word, "type": "keyword"} for word in _BLOCKS],
        "elements": sorted(ELEMENTS),
        "attributes": dict.fromkeys(_ATTRIBUTES),
        "phrases": _phrases(),
    }


def _phrases() -> dict[str, str]:
    return {
        "Find": _("Find"),
        "Replace": _("Replace with"),
        "next": _("next"),
        "previous": _("previous"),
        "all": _("all"),
        "match case": _("match case"),
        "regexp": _("pattern"),
        "by word": _("whole words"),
        "replace": _("replace"),
        "replace all": _("replace all"),
        "close": _("close"),
        "Go to line": _("Go to line"),
        "go": _("go"),
    }
