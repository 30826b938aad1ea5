"""What the database cannot store costs a cell, not the import."""

import pytest

from rapport.people.queries import find

KINDS = [("json", r'"{""a"": ""x\u0000y""}"'), ("list", r'"[""x\u0000y""]"'),
         ("json", r'"{""a"": ""\ud800""}"'), ("list", r'"[NaN]"'),
         ("json", "[" * 3000), ("number", "1e999"), ("date", "9" * 400)]  # fmt: skip


@pytest.mark.parametrize(("kind", "cell"), KINDS)
def test_a_cell_that_cannot_be_stored_does_not_end_the_import(bring, actor, kind, cell):
    column = {"to": "trait", "key": "odd", "type": kind}
    lines = f"email,odd\na@example.org,{cell}\nb@example.org,\n"
    run = bring(lines, columns={1: column})
    assert run.state == "done", run.problem
    assert find(actor, "email:b@example.org")
