"""Patterns that the business writes run in linear time, whatever they look like; what cannot is refused."""

import time

import pytest

from rapport.people.values.patterns import MAX_PATTERN, compiled, problem


@pytest.mark.parametrize(
    "pattern",
    ["(a*)(a*)(a*)(a*)b", "(a{1,16}){1,16}b", "(a*){1,9}b", "(a|a){16}(a|a){16}b", "a?" * 40 + "a" * 40, "(a+)+",
     "((a|a){8}){8}b"],
)  # fmt: skip
def test_what_backtracking_would_never_end_ends_at_once(pattern):
    began = time.process_time()
    assert problem(pattern) or not compiled(pattern).fullmatch("a" * 20_000 + "c")
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "pattern", [r"(?=a)b", r"(?<=a)b", r"(a)\1", "(", "a" * (MAX_PATTERN + 1), "((a{100}){100}){10}"]
)
def test_what_cannot_run_in_linear_time_or_is_too_large_is_refused(pattern):
    assert problem(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", r"\+?\d{1,3}[ -]?\d{1,4}[ -]?\d{1,4}[ -]?\d{1,9}", r".+@.+\..+",
     r"[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){2,7}( ?[A-Z0-9]{1,4})?", "(red|green|blue)", r"C-\d+", r"(\d{1,3}\.){3}\d{1,3}"],
)  # fmt: skip
def test_what_people_write_is_taken(pattern):
    assert problem(pattern) == ""


def test_blocked_values_of_identifiers_are_held_to_it_too(actor, db):
    from django.core.exceptions import ValidationError

    from rapport.people.services.identifier_types import TypeSettings, save_type

    with pytest.raises(ValidationError, match="no regular expression"):
        save_type(actor=actor, key="till", columns=TypeSettings("Till", blocked_pattern=r"(a)\1"))
