"""The figures of the report are those of the files."""

from __future__ import annotations

import ast

from tests.architecture import report
from tests.architecture.project import ROOT


def test_an_app_is_measured_without_its_tests_which_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "ROOT", tmp_path)
    folder = tmp_path / "src" / "rapport" / "people"
    (folder / "tests").mkdir(parents=True)
    (folder / "queries.py").write_text(
        "def one():\n    return 1\n\n\nclass A:\n    def two(self):\n        pass\n"
    )
    (folder / "tests" / "test_queries.py").write_text(
        "def test_a(): pass\ndef test_b(): pass\ndef helper(): pass\n"
    )
    app = report.measure(sorted(folder.rglob("*.py")))["people"]
    assert (app.lines, app.functions, app.tests) == (7, [2, 2], 2)
    app.cases = 7
    assert app.cells("people")[-3:] == ["2", "7", "1000"]


def test_cases_are_read_from_what_pytest_prints():
    printed = (
        "src/rapport/people/tests/test_a.py: 3\nsrc/rapport/people/tests/test_b.py: 4\n\n7 tests collected"
    )
    assert report.counted(printed) == {"people": 7}


def test_functions_inside_classes_are_tests_too():
    assert report.tests_in(ast.parse("class TestA:\n    def test_b(self):\n        pass\n")) == 1


def test_what_is_in_no_app_has_no_line():
    assert report.app_of(ROOT / "tests" / "browser" / "walk.py") == ""
    assert report.app_of(ROOT / "src" / "rapport" / "__init__.py") == ""
