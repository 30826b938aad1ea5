"""Patterns that would take forever on a stranger's value are refused; those that people need are not."""

import pytest

from rapport.people.patterns import problem


@pytest.mark.parametrize(
    "pattern",
    ["(a*)(a*)(a*)(a*)b", "(a{1,16}){1,16}b", "(a*){1,9}b", "(a|a){16}(a|a){16}b", "a?" * 40 + "a" * 40, "(a+)+",
     "((a|a){8}){8}b"],
)  # fmt: skip
def test_what_explodes_is_refused(pattern):
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

    from rapport.people.services.identifier_types import Facts, save_type

    with pytest.raises(ValidationError, match="Repetitions inside"):
        save_type(actor=actor, key="till", facts=Facts("Till", blocked_pattern="(a+)+"))
