"""Each check of one file finds what is planted, and lets stand what only looks like it."""

from __future__ import annotations

import pytest

from tests.architecture.lints import Source, layout, rules, texts, words

PYTHON = "src/rapport/segments/services/planted.py"
TEST = "src/rapport/segments/tests/test_planted.py"
GUIDE = "docs/guide/planted.md"
SCRIPT = "src/rapport/segments/static/segments/planted.js"
TEMPLATE = "src/rapport/segments/templates/segments/planted.html"

FAULTS = [
    (words.plain_words, PYTHON, "found = 1"),
    (words.plain_words, PYTHON, "for each in rows:\n    pass"),
    (words.plain_words, PYTHON, "rows = [one for one in others]"),
    (words.plain_words, PYTHON, "def run(asked):\n    pass"),
    (words.plain_words, PYTHON, "class LoggedContact:\n    pass"),
    (words.plain_words, PYTHON, "crew_size = 2"),
    (words.plain_words, "src/rapport/people/facts.py", ""),
    (words.plain_words, "src/rapport/people/standards/__init__.py", ""),
    (words.product_text, PYTHON, "label = _('a company of his')"),
    (words.plain_words, TEMPLATE, "{% for name, known in values %}{% endfor %}"),
    (words.plain_words, TEMPLATE, "{% if found %}{{ found.label }}{% endif %}"),
    (words.plain_words, SCRIPT, "for (const each of rows) each.remove();"),
    (words.plain_words, SCRIPT, "rows.filter((one) => one.shown)"),
    (words.plain_words, SCRIPT, "this.asked = opener;"),
    (words.plain_words, PYTHON, "self.asked = 0"),
    (words.product_text, TEMPLATE, "<p>{% translate 'x' %}\nPut him on this list</p>"),
    (words.product_text, TEMPLATE, '<p>{% translate "his company" %}</p>'),
    (words.product_text, TEMPLATE, '<p>{% translate "Send this letter" %}</p>'),
    (words.product_text, "src/rapport/segments/api.py", 'def erase():\n    """Forgets him."""'),
    (words.product_text, GUIDE, "# People\n\nA visitor who signs in keeps his id."),
    (words.product_text, "README.md", "Your letter is in the mailbox."),
    (words.product_text, GUIDE, "What has she spent in all?"),
    (texts.untranslatable, TEMPLATE, "<p>Nobody yet</p>"),
    (texts.untranslatable, TEMPLATE, '<button title="Close"></button>'),
    (texts.untranslatable, TEMPLATE, '{% badge "Sent" "good" %}'),
    (texts.untranslatable, TEMPLATE, '{% dialog "erase" "Erase?" %}{% enddialog %}'),
    (texts.untranslatable, TEMPLATE, '{% include "x.html" with label="Name" %}'),
    (texts.untranslatable, PYTHON, 'raise ValidationError("Give a name.")'),
    (texts.untranslatable, PYTHON, 'raise ValidationError({"name": "Give a name."})'),
    (texts.untranslatable, PYTHON, 'raise ValidationError(f"At most {n} names.")'),
    (texts.untranslatable, PYTHON, 'text = _(f"At most {n} names.")'),
    (texts.untranslatable, PYTHON, 'field = CharField(help_text="As customers see it.")'),
    (layout.template_sizes, TEMPLATE, "\n".join("x" * 10 for _ in range(151))),
    (layout.template_sizes, TEMPLATE, "x" * 161),
    (layout.split_layers, "src/rapport/segments/views_edit.py", ""),
    (layout.split_layers, "src/rapport/segments/lifecycle/api_identity.py", ""),
    (rules.real_time, PYTHON, "now = SYSTEM.now()"),
    (rules.real_time, PYTHON, "now = dt.datetime.now(dt.UTC)"),
    (rules.real_time, PYTHON, "def run():\n    return timezone.now()"),
    (rules.hand_made_queues, PYTHON, "def _claim():\n    pass"),
    (rules.hand_made_queues, PYTHON, "rows.select_for_update(skip_locked=True)"),
    (rules.hand_made_queues, PYTHON, 'SQL = "SELECT 1 FOR UPDATE SKIP LOCKED"'),
    (rules.settings_past_their_files, PYTHON, 'os.environ.get("DATABASE_URL")'),
    (rules.settings_past_their_files, PYTHON, 'os.environ["RAPPORT_DATA"] = folder'),
    (rules.settings_past_their_files, PYTHON, 'os.getenv("CLICKHOUSE_URL", "")'),
    (rules.foreign_tables, PYTHON, 'SQL = "SELECT 1 FROM people_person"'),
    (rules.foreign_tables, PYTHON, 'SQL = f"DELETE FROM people_person WHERE {where}"'),
    (rules.private_modules, PYTHON, "from re import _parser"),
    (rules.private_modules, PYTHON, "import re._parser"),
    (rules.sleeping_tests, TEST, "import time\ntime.sleep(1)"),
]
INNOCENT = [
    (words.plain_words, PYTHON, '"""One road that he found, in a docstring."""\nbody_parts = rows = 1'),
    (words.plain_words, PYTHON, "birth_date = 1\nknown_types = ()"),
    (
        words.product_text,
        TEMPLATE,
        '<p class="his">{# his #}{{ letter.his }} Three letters, a letter first</p>',
    ),
    (words.plain_words, TEMPLATE, "{% block facts %}{{ panels.facts }}{% endblock %}"),
    (words.plain_words, SCRIPT, "// one of each\nconst first = rows.find((row) => row.one);"),
    (words.product_text, PYTHON, 'label = _("This is theirs")'),
    (words.product_text, GUIDE, "The trait `his` has three letters; they keep their id."),
    (
        texts.untranslatable,
        TEMPLATE,
        '{# Note #}<p title="{% translate \'Close\' %}">{{ n }} % · {% badge _("Sent") "good" %}</p>',
    ),
    (texts.untranslatable, TEMPLATE, "{% blocktranslate %}Nobody{% endblocktranslate %}<code>total</code>"),
    (texts.untranslatable, PYTHON, 'raise ValueError("an unknown state")\nnote(request, _("Saved."))'),
    (
        rules.real_time,
        PYTHON,
        "def run(now=None, clock=SYSTEM):\n    at = now or SYSTEM.now()\n    return clock.now()",
    ),
    (rules.real_time, rules.CLOCK_OWNER, "now = dt.datetime.now(dt.UTC)"),
    (rules.hand_made_queues, "src/rapport/core/jobs/claims.py", "def _claim():\n    pass"),
    (rules.settings_past_their_files, PYTHON, 'env.text("DATABASE_URL")\nos.environ["PATH"] = ""'),
    (rules.settings_past_their_files, "src/rapport/config/env.py", 'os.environ["RAPPORT_DATA"] = folder'),
    (rules.foreign_tables, PYTHON, 'SQL = "SELECT 1 FROM segments_membership"'),
    (rules.foreign_tables, PYTHON, '"""people_person in a docstring."""'),
    (rules.private_modules, PYTHON, "import concurrent.futures\nfrom __future__ import annotations"),
    (layout.split_layers, "src/rapport/segments/views/edit.py", ""),
]


def case(value):
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize(("lint", "name", "text"), FAULTS, ids=case)
def test_a_planted_fault_is_found(lint, name, text):
    assert list(lint(Source(name, text)))


@pytest.mark.parametrize(("lint", "name", "text"), INNOCENT, ids=case)
def test_what_only_looks_like_a_fault_may_stand(lint, name, text):
    assert list(lint(Source(name, text))) == []
