"""Every list leads to its records; `test_query_counts.py` sees that these answer the panel with a part of a page."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import walk_packages

import rapport
from rapport.core.ui.lists import ListPage


def lists() -> list[type[ListPage]]:
    for module in walk_packages(rapport.__path__, "rapport."):
        if ".views" in module.name or module.name.endswith(".lists"):
            import_module(module.name)
    everywhere, waiting = [], [ListPage]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        waiting.extend(kinds)
        everywhere.extend(kind for kind in kinds if ".tests." not in kind.__module__)
    return everywhere


def test_every_list_leads_to_its_records():
    """By `url(row)`, or by a link of its main cell where a row is about a person."""
    assert len(lists()) >= 20
    nowhere = [kind.__name__ for kind in lists() if kind.url is ListPage.url and not _links(kind)]
    assert not nowhere, f"{nowhere}: give the list `url(row)`"


def _links(kind: type[ListPage]) -> bool:
    main = next(column for column in kind.columns if column.main)
    return callable(main.cell) and "person_link" in inspect.getsource(main.cell)
