"""What is flagged as personal is masked however deep it lies in lists."""

import pytest

from rapport.events.catalogue import values
from rapport.events.queries.masking import MASK, masked


@pytest.mark.parametrize(
    ("properties", "path", "shown"),
    [
        ({"mail": "a@b.c"}, "mail", {"mail": MASK}),
        ({"rows": [{"mail": "a@b.c", "n": 1}]}, "rows[].mail", {"rows": [{"mail": MASK, "n": 1}]}),
        ({"rows": [[{"mail": "a@b.c"}]]}, "rows[][].mail", {"rows": [[{"mail": MASK}]]}),
        ({"rows": [[["x", {"mail": "a@b.c"}]]]}, "rows[][][].mail", {"rows": [[["x", {"mail": MASK}]]]}),
        ({"a": {"b": [[{"c": {"mail": 1}}]]}}, "a.b[][].c.mail", {"a": {"b": [[{"c": {"mail": MASK}}]]}}),
        ({"rows": [["a@b.c"]]}, "rows", {"rows": MASK}),
    ],
)
def test_lists_of_lists_are_looked_into(properties, path, shown):
    assert masked("E", properties, {"E": frozenset({path})}) == shown
    assert masked("Other", properties, {"E": frozenset({path})}) == properties


def test_the_catalogue_sees_the_paths_that_are_masked():
    seen = [
        path for path, _value in values.paths({"rows": [[{"mail": "a@b.c"}], [], 1], "a": {"b": [[[{}]]]}})
    ]
    assert seen == ["rows", "rows[][].mail", "a", "a.b"]
