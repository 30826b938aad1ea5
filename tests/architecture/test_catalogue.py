"""Every text that a reader sees is there in German too, with the same values in it. See `catalogue`."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog, Message

from tests.architecture import catalogue

VALUE = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}|%%|<[^>]*>")


@pytest.fixture(scope="module")
def german() -> Catalog:
    return catalogue.catalogue()


def test_every_text_is_translated(german):
    assert catalogue.missing(german) == [], "python -m tests.architecture.catalogue lists them"


def test_the_catalogue_holds_nothing_else(german):
    assert len(german) == len({(context, text) for context, text, _ in catalogue.texts()})


def test_the_compiled_catalogue_is_that_of_the_source(german):
    assert catalogue.PO.with_suffix(".mo").read_bytes() == catalogue.compiled(german)


def test_a_translation_holds_the_same_values(german):
    assert [message.id for message in german if message.id and _differs(message)] == []


def _differs(message: Message) -> bool:
    texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    allowed = {value for text in texts for value in VALUE.findall(text)}
    # The singular of a plural may say "one" instead of its number.
    needed = set(VALUE.findall(texts[-1]))
    return needed != set(VALUE.findall(strings[-1])) or any(
        set(VALUE.findall(text)) - allowed for text in strings
    )


def test_edges_stay_as_they_are(german):
    """Texts are joined with others: a blank that is lost glues words together."""
    changed = [
        message.id
        for message in german
        if isinstance(message.id, str) and message.id and isinstance(message.string, str)
        if (message.id[0].isspace(), message.id[-1].isspace())
        != (message.string[:1].isspace(), message.string[-1:].isspace())
    ]
    assert changed == []


def test_a_text_with_a_variable_in_it_cannot_be_marked(tmp_path):
    source = tmp_path / "views.py"
    source.write_text(
        'from django.utils.translation import gettext as _\n\nname = "Ada"\n_(f"Hello {name}")\n'
    )
    with pytest.raises(ValueError, match=r"views\.py:4"):
        list(catalogue._in_python(source))


def test_texts_of_python_and_of_templates_are_read(tmp_path):
    source, template = tmp_path / "views.py", tmp_path / "page.html"
    source.write_text(
        "from django.utils.translation import gettext_lazy as _, ngettext, pgettext\n"
        '_("Hello " "there")\nngettext("%(n)s day", "%(n)s days", 2)\npgettext("verb", "Open")\n_(variable)\n'
    )
    template.write_text(
        '{% load i18n %}\n  {% translate "Save" %}\n{% blocktranslate count n=2 trimmed %}\n  {{ n }} row\n'
        "{% plural %}\n  {{ n }} rows\n{% endblocktranslate %}"
    )
    assert set(catalogue._in_python(source)) == {
        ("", "Hello there", None),
        ("", "%(n)s day", "%(n)s days"),
        ("verb", "Open", None),
    }
    assert set(catalogue._in_template(template)) == {("", "Save", None), ("", "%(n)s row", "%(n)s rows")}


def test_no_text_is_marked_under_a_name_that_the_catalogue_does_not_read():
    alias = re.compile(r"^\w+ = n?p?gettext\w*$|gettext\w* as (?!_\b)", re.MULTILINE)
    hidden = [str(path) for path in catalogue.SOURCE.rglob("*.py") if alias.search(path.read_text())]
    assert not hidden, "import gettext by its own name, or as _"
