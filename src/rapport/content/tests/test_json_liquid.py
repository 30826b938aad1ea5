"""Templates of JSON stay JSON whatever they print."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.channels.registry import CHANNELS
from rapport.content.services.compiler import compile_fields
from rapport.content.services.json_liquid import field_program, json_program
from rapport.content.services.liquid_source import TemplateError

SOURCE = """{
    "name": "{{ name }}", "again": "Dear {{ name | upcase }}!", "all": {{ data | json }}, "none": {{ nobody | json }}
}"""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=60), VALUES)
def test_what_is_printed_is_read_back(name: str, data: Any) -> None:
    value = json.loads(json_program(SOURCE).render({"name": name, "data": data}))
    assert (value["name"], value["all"], value["none"]) == (name, data, None)


def test_no_value_breaks_out_of_its_string() -> None:
    rendered = json_program('{"name": "{{ name }}"}').render({"name": '", "admin": true, "x": "\n\\'})
    assert json.loads(rendered).keys() == {"name"}


def test_a_loop_may_write_a_list() -> None:
    source = (
        '[{% for row in rows %}{"sku": "{{ row.sku }}"}{% unless forloop.last %},{% endunless %}{% endfor %}]'
    )
    rows = [{"sku": 'a"b'}, {"sku": "c"}]
    assert json.loads(json_program(source).render({"rows": rows})) == rows


def test_what_is_no_json_is_told() -> None:
    with pytest.raises(TemplateError):
        json_program("{{ n | json }}").render({"n": float("nan")})


def test_a_template_of_the_webhook_is_json_and_one_on_paper_keeps_its_links() -> None:
    body = '{"name": "{{ person.name }}", "url": "https://shop.example/a", "n": {{ person.n | json }}}'
    compiled = compile_fields(CHANNELS["webhook"], {"body": body, "headers": "X-A: https://shop.example"})
    assert (compiled.links, compiled.fields["headers"]) == ([], "X-A: https://shop.example")
    program = field_program(CHANNELS["webhook"], "body", compiled.fields["body"])
    assert json.loads(program.render({"person": {"name": 'a"b', "n": None}}))["name"] == 'a"b'
    for channel, field in (("post", "body"), ("phone", "script")):
        others = {row.key: "x" for row in CHANNELS[channel].fields}
        text = "See https://shop.example/a"
        assert compile_fields(CHANNELS[channel], others | {field: text}).fields[field] == text
    with pytest.raises(TemplateError):
        compile_fields(CHANNELS["webhook"], {"body": "{{ person.name | nonsense }}"})
