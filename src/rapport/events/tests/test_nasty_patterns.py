"""Patterns that anybody may write, wherever they are held against strangers' values."""

from __future__ import annotations

import time

import pytest
from django.core.exceptions import ValidationError

from rapport.events.catalogue import schemas
from rapport.people.values.patterns import compiled, problem

NASTY = [
    r"\w*\d*\w*!", "a{1000}{1000}", "(a{1000}){1000}", r"(?i)(\p{L}+)*!", r"(?<!a)b", r"(?!a)b", r"(?>a+)b", r"\Ab\Z",
    r"(?P<n>a)(?P=n)", r"(?R)", r"\K", "[", "a**", "(?:)", r"\1", "(?#", "a" * 10_000, "(" * 200, r"[\w-\d]", "😀+",
    r"(\s*\w+\s*,?)*$", "(.*)*(.*)*(.*)*x", r"\X", r"(a|b|ab)*c", "x*" * 90, r"(?s).*.*.*.*.*.*.*.*=",
]  # fmt: skip


@pytest.mark.parametrize("pattern", NASTY)
def test_a_pattern_is_refused_in_words_or_reads_any_text_in_linear_time(pattern):
    """In a trait, in blocked values, and in the schema of an event."""
    began = time.process_time()
    if not problem(pattern):
        compiled(pattern).fullmatch("a1" * 10_000)
    try:
        schema = schemas.checked(
            {"type": "object", "properties": {"x": {"type": "string", "pattern": pattern}}}
        )
    except ValidationError:
        pass  # in words: what is raised has no other form
    else:
        schemas.validator_of(schema).is_valid({"x": "a1" * 10_000})
    assert time.process_time() - began < 2
