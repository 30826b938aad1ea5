"""Templates: what they may do, what they may never do, and what the author is told."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.content.services.compiler import compile_mail
from rapport.content.services.links import safe_url
from rapport.content.services.liquid import Program, noting_missing
from rapport.content.services.liquid_source import TemplateError
from rapport.content.services.starter import STARTER_MJML, STARTER_SUBJECT

CONTEXT = {
    "person": {"name": "<b>Ada</b>", "id": "7"},
    "workspace": {"name": "Shop"},
    "unsubscribe_url": "https://u",
}


def mail(body: str, **values: str) -> object:
    mjml = f"<mjml><mj-body><mj-section><mj-column>\n{body}\n</mj-column></mj-section></mj-body></mjml>"
    return compile_mail(**({"subject": "s", "preheader": "", "mjml": mjml} | values))


def test_the_starter_compiles_without_a_word_of_warning() -> None:
    compiled = compile_mail(subject=STARTER_SUBJECT, preheader="", mjml=STARTER_MJML)
    assert compiled.warnings == []
    assert compiled.links == ["https://example.com/"]
    assert "https" not in compiled.plain.split("{{ rapport.link_0 }}")[0]


def test_the_hidden_link_is_in_the_html_of_marketing_alone_and_reaches_no_person() -> None:
    compiled = mail('<mj-text><a href="https://shop.example/">shop</a></mj-text>')
    assert "trap" not in compiled.plain
    links = {"link_0": "https://t/0", "pixel": "https://t/p"}
    html = Program(compiled.html, html=True)
    with_trap = html.render(CONTEXT | {"rapport": {**links, "trap": "https://t/1"}})
    hidden = with_trap[with_trap.index("<body") :].split("</div>")[0]
    assert all(
        word in hidden for word in ("display:none", 'aria-hidden="true"', 'href="https://t/1" tabindex="-1"')
    )
    assert "https://t/1" not in html.render(CONTEXT | {"rapport": {**links, "trap": None}})


@pytest.mark.parametrize(
    "evil",
    [
        "{{ person.__class__.__mro__ }}",
        "{{ person | map: '__class__' }}",
        "{{ settings.SECRET_KEY }}",
        "{{ person['__init__']['__globals__'] }}",
        "{{ self._TemplateReference__context }}",
    ],
)
def test_nothing_leads_out_of_the_context(evil: str) -> None:
    assert Program(evil).render(CONTEXT) == ""


@pytest.mark.parametrize(
    "evil",
    [
        "{% include '/etc/passwd' %}",
        "{% render 'settings' %}",
        "{{ person.name | safe }}",
        "{{ (1..1000000000) | join: 'x' }}",
        "{% for i in (1..1000000000) %}x{% endfor %}",
        "{% assign x = 'aaaaaaaaaa' %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}",
        "{% assign x = 9 %}{% for i in (1..99) %}{% assign x = x | times: x %}{% endfor %}",
        "{% assign x = 'a' %}{% for i in (1..16) %}{% assign x = x | append: x %}{% endfor %}"
        "{{ x | split: '' | join: x }}",
        "{% if a %}" * 2000,
    ],
)
def test_no_template_reads_files_or_eats_the_machine(evil: str) -> None:
    start = time.monotonic()
    with pytest.raises(TemplateError):
        Program(evil).render(CONTEXT)
    assert time.monotonic() - start < 5


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    assert Program("{{ person.name }}", html=True).render(CONTEXT) == "&lt;b&gt;Ada&lt;/b&gt;"
    assert Program("{{ person.name }}").render(CONTEXT) == "<b>Ada</b>"


def test_missing_names_print_nothing_and_are_noted() -> None:
    program = Program("{{ person.city }}{{ person.plan | default: 'none' }}{{ nobody }}")
    text, missing = noting_missing(lambda: program.render(CONTEXT))
    assert text == "none"
    assert missing == ["person.city", "nobody"]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("<mj-text>a</mj-text>\n<mj-nope/>", 3),
        ("<mj-text>a\n<mj-text>b</mj-text>", 2),
        ("<mj-text>{% if x %}</mj-text>", 2),
        ("<mj-text>a</mj-text>\n<mj-text>{{ person.name | shout }}</mj-text>", 3),
        ("<mj-text>{% if no %}{% assign a = person.name | shout %}{% endif %}</mj-text>", 2),
        ("<mj-text>a</mj-text>\n\n<mj-include path='x'/>", 4),
        ('<mj-text><a href="javascript:alert(1)">x</a></mj-text>', 2),
    ],
)
def test_errors_name_the_line(body: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        mail(body)
    assert caught.value.line in {line, line + 3}


def test_a_loop_may_stand_between_components() -> None:
    compiled = mail("{% for n in person.items %}<mj-text>{{ n }}</mj-text>{% endfor %}")
    shown = Program(compiled.html, html=True).render({"person": {"items": ["one", "two"]}})
    assert "one" in shown
    assert "two" in shown


def test_personal_links_are_stored_with_encoded_parts() -> None:
    compiled = mail('<mj-text><a href="https://shop.example/?q={{ person.name }}">x</a></mj-text>')
    assert Program(compiled.links[0]).render(CONTEXT) == "https://shop.example/?q=%3Cb%3EAda%3C%2Fb%3E"


@pytest.mark.parametrize("href", ["{{ person.site }}", "https://{{ person.host }}/", "{{ x }}://a"])
def test_a_link_whose_host_is_personal_is_not_redirected_to(href: str) -> None:
    compiled = mail(f'<mj-text><a href="{href}">x</a></mj-text>')
    assert compiled.links == []
    assert len(compiled.warnings) == 2


def test_a_personal_link_cannot_run_script() -> None:
    compiled = mail('<mj-text><a href="{{ person.site }}">x</a></mj-text>')
    shown = Program(compiled.html, html=True).render({"person": {"site": "javascript:alert(1)"}})
    assert "javascript" not in shown


def test_a_way_out_is_added_where_there_is_none() -> None:
    compiled = mail("<mj-text>Hi</mj-text>")
    assert "{{ unsubscribe_url }}" in compiled.html
    assert "{{ unsubscribe_url }}" in compiled.plain


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_only_ordinary_schemes_are_links(tail: str) -> None:
    assert safe_url(f"javascript:{tail}") == "#"
    assert safe_url(f" java\nscript:{tail}") == "#"


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_source_compiles_or_says_why(source: str) -> None:
    with suppress(TemplateError):
        assert compile_mail(subject=source, preheader=source, mjml=source).html
