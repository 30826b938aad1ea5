"""Django's `migrate`, which draws a model anew only when that model changed.

Django draws every model that is related in any way to one that is made or gets a field, an index or a constraint. All
of ours are related to persons and users: an empty database cost 20 seconds of a processor, now 3.
The statements stay the same, because they name only the table itself and the key of those it points to. Every other
operation, and code (`RunPython`), still sees all models as they are: the state is marked as delayed, Django's own way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState

ADDING = ("add_model", "add_field", "_append_option")


@contextmanager
def drawing_only_what_changed() -> Iterator[None]:
    originals = {name: getattr(ProjectState, name) for name in ADDING}
    for name, original in originals.items():
        setattr(ProjectState, name, _narrow(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(ProjectState, name, original)


def _narrow(original: Callable[..., None]) -> Callable[..., None]:
    def changed(state: Any, *arguments: Any, **options: Any) -> None:
        state.reload_model = lambda app, model, delay=False: _draw(state, app, model)
        try:
            original(state, *arguments, **options)
        finally:
            del state.reload_model

    return changed


def _draw(state: Any, app: str, model: str) -> None:
    if "apps" in vars(state):  # drawn at all
        state.is_delayed = True
        state._reload({(app, model)})


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with drawing_only_what_changed():
            super().handle(*args, **options)
