"""No template eats time, memory or the process: every step counts, and what takes long to read is refused first."""

from __future__ import annotations

import pytest

from rapport.content.services import liquid
from rapport.content.services.compiler import compile_mail
from rapport.content.services.liquid import Program
from rapport.content.services.liquid_source import TemplateError

CONTEXT = {"person": {"text": "x" * 30_000, "list": list(range(3_000))}}
LOOP = "{% for a in person.list %}"


class Standing:
    """A clock that does not move: only the number of steps can end a render."""

    @staticmethod
    def thread_time() -> float:
        return 0.0


@pytest.mark.parametrize(
    "source",
    [
        (LOOP + "{% endfor %}") * 1_000,
        (LOOP + "{% if person.text contains 'zz' %}1{% endif %}{% endfor %}") * 1_000,
        (LOOP + "{% if 'a' == 'b' %}1{% endif %}{% endfor %}") * 1_000,
        (LOOP + "{{ person.text.size }}{% endfor %}") * 1_000,
        (LOOP + "{% case a %}{% when 1 %}{% endcase %}{% endfor %}") * 1_000,
        (LOOP + "{% unless true %}{% endunless %}{% endfor %}") * 1_000,
    ],
)
def test_steps_are_counted_wherever_they_are_taken(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liquid, "time", Standing)
    with pytest.raises(TemplateError, match="takes too long"):
        Program(source).render(CONTEXT)


def test_the_deadline_holds_inside_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(10_000))
    monkeypatch.setattr(Standing, "thread_time", staticmethod(lambda: next(ticks) * liquid.SECONDS / 20))
    monkeypatch.setattr(liquid, "time", Standing)
    with pytest.raises(TemplateError, match="takes too long"):
        Program(LOOP + "{% endfor %}").render(CONTEXT)


def test_what_people_write_stays_far_below() -> None:
    source = LOOP + "{% if a > 5 and person.text contains 'x' %}{{ a | plus: 1 }}{% endif %}{% endfor %}"
    assert Program(source).render(CONTEXT).startswith("789")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ a" + " | upcase" * 2_001 + " }}", "filters"),
        ("x{{ a }}" * 40_000, "characters"),
        ("{{ a }}" * 10_001, "tags"),
        ("{% if " + "(" * 5_000 + "true" + ")" * 5_000 + " %}{% endif %}", "parentheses"),
        ("{% if " + " and ".join(["a"] * 5_000) + " %}{% endif %}", "nested too deeply"),
        ("{{ a" + "[a" * 3_000 + "]" * 3_000 + " }}", "nested too deeply"),
        ("{% raw %}" * 1_000, "never closed"),
        ("{% doc %}" * 1_000, "never closed"),
        ("{{" + " " * 140_000 + "x", "expected “}}”"),
        ("{{" + " " * 140_000 + "}}", "blanks"),
        ("ok\n\n{% if" + " " * 140_000 + "%}", "line 3"),
    ],
)
def test_what_takes_long_to_read_is_refused(source: str, reason: str) -> None:
    with pytest.raises(TemplateError) as refused:
        Program(source)
    assert reason in str(refused.value)


def test_a_range_is_not_searched_for_ever() -> None:
    with pytest.raises(TemplateError, match="range"):
        Program("{% if (1..99999999999) contains 'x' %}{% endif %}").render({})


def test_verbatim_parts_may_hold_anything() -> None:
    assert Program("{% raw %}{{ {% {{{% endraw %}{{ a }}").render({"a": 1}) == "{{ {% {{1"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<a x='1'>" * 14_000, "nested more than 100"),  # ended the process
        ("<mj-wrapper>" * 5_000, "nested more than 100"),
        ("<div>" * 5_000 + "</div>" * 5_000, "nested more than 100"),
        ("<!--" * 30_000, "comment is never closed"),
        ("<a href='https://x.example/" + "x" * 5_000 + "'>x</a>", "longer than 4000"),
    ],
)
def test_mail_that_would_take_the_engine_too_deep_is_refused(body: str, reason: str) -> None:
    mjml = f"<mjml><mj-body><mj-section><mj-column><mj-text>{body}</mj-text></mj-column></mj-section></mj-body></mjml>"
    with pytest.raises(TemplateError, match=reason):
        compile_mail(subject="s", preheader="", mjml=mjml)
