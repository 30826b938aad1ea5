"""The step that the guide shows is a step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rapport.journeys.registry import STEP_KINDS
from rapport.journeys.tests.conftest import path, run_of

GUIDE = Path(__file__).parents[4] / "docs" / "guide" / "journey-steps.md"


def test_the_step_of_the_guide_works_as_it_stands(publish, happen, new_person):
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(code.splitlines()) < 60
    own: dict[str, Any] = {}
    exec(code, own)
    with STEP_KINDS.temporarily(own["PLANT"]):
        publish({"tree": {"type": "plant", "tree": "oak", "next": "end"}, "end": {"type": "end"}})
        ada = new_person("Ada")
        happen(ada, "Signed Up")
        assert (path(run_of(ada)), run_of(ada).data["tree"]) == (["tree", "end"], {"tree": "oak"})
    assert len(own["PLANTED"]) == 1
