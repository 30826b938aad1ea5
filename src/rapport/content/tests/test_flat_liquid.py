"""What is rendered without Liquid's interpreter is what Liquid renders."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.content.services.flat_liquid import FlatTemplate, Unusual
from rapport.content.services.liquid import HTML, MAX_OUTPUT, TEXT, Program

NAMES = ("name", "a", "b", "size", "first", "last", "now", "list")
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False),
    st.sampled_from(["", "<&>", "x"]),
)
values = st.one_of(scalars, st.lists(scalars, max_size=2), st.dictionaries(st.sampled_from(NAMES), scalars))
contexts = st.dictionaries(
    st.sampled_from([*NAMES, "person"]), st.dictionaries(st.sampled_from(NAMES), values)
)
paths = st.sampled_from(
    [
        "person.name",
        "person.a.b",
        "person.list[0]",
        "person['name']",
        "person.size",
        "name",
        "now.x",
        "gone.a",
    ]
    + ["person.first", "person.a | default: 'd'", "person.name | upcase", "person[name]", "'text'", "blank"]
)
texts = st.sampled_from(["Dear ", " ", "\n", "<b>", "&amp;"])


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(inner, max_size=3).map("".join)
    condition = st.sampled_from(["person.name", "person.a.b", "name", "person.a == 1", "person.size", "true"])
    kinds = (
        "if {0} %}}{1}{{% else %}}{2}{{% endif",
        "if {0} %}}{1}{{% endif",
        "unless {0} %}}{1}{{% endunless",
    )
    more = (
        "for b in person.list %}}{1}{{{{ b }}}}{{% break %}}{{% endfor",
        "if {0} %}}{1}{{% elsif name %}}{2}{{% endif",
    )
    return st.builds(
        lambda form, *texts: f"{{% {form.format(*texts)} %}}",
        st.sampled_from([*kinds, *more]), condition, several, several,
    )  # fmt: skip


outputs = paths.map(lambda path: f"{{{{ {path} }}}}")
bindings = st.sampled_from(
    ["{% assign name = 'n' %}", "{% increment name %}", "{% capture a %}x{% endcapture %}"]
)
templates = st.lists(
    st.recursive(st.one_of(texts, outputs), blocks, max_leaves=6) | bindings, max_size=5
).map("".join)


@given(templates, contexts, st.booleans())
@settings(max_examples=400, deadline=None)
def test_it_says_what_liquid_says(source: str, context: dict[str, Any], html: bool) -> None:
    expected = (HTML if html else TEXT).from_string(source).render(context)
    assert Program(source, html=html).render(context) == expected


def test_what_mails_consist_of_needs_no_interpreter() -> None:
    source = "Dear {{ person.name }}{% if person.points %}, {{ person.points }}{% else %}!{% endif %}{{ person.gone }}"
    flat = FlatTemplate(HTML.from_string(source))
    assert flat.render({"person": {"name": "<Ada>", "points": 3}}, MAX_OUTPUT) == "Dear &lt;Ada&gt;, 3"
    assert flat.render({"person": {"name": "Bob"}}, MAX_OUTPUT) == "Dear Bob!"


@pytest.mark.parametrize("context", [{}, {"person": {"name": [1]}}, {"person": "text"}])
def test_what_liquid_knows_more_of_is_left_to_it(context: dict[str, Any]) -> None:
    with pytest.raises(Unusual):
        FlatTemplate(HTML.from_string("{{ person.name }}")).render(context, MAX_OUTPUT)
