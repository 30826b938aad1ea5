"""Our `migrate` makes the same statements as Django's, and draws far fewer models for them."""

from __future__ import annotations

import contextlib

from django.core.management import get_commands
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from rapport.core.management.commands.migrate import drawing_only_what_changed


def statements(narrow, monkeypatch):
    """The statements of an app whose tables point to one another and to lower ones, and how many models were drawn."""
    drawn = []
    original = ModelState.render
    with monkeypatch.context() as patch:
        patch.setattr(
            ModelState, "render", lambda self, apps: drawn.append(self.name) or original(self, apps)
        )
        loader = MigrationLoader(connection, replace_migrations=False)
        with drawing_only_what_changed() if narrow else contextlib.nullcontext():
            sql = loader.collect_sql([(loader.graph.nodes["people", "0001_initial"], False)])
    return sql, len(drawn)


def test_the_statements_are_djangos_with_a_quarter_of_the_work(db, monkeypatch):
    ours, few = statements(True, monkeypatch)
    djangos, many = statements(False, monkeypatch)
    assert ours == djangos
    assert len(ours) > 100
    assert few < many / 4


def test_code_in_migrations_still_sees_every_model_as_it_is(db):
    """What is related to a changed model was not drawn anew; clearing what is delayed, as Django does, draws it."""
    loader = MigrationLoader(connection, replace_migrations=False)
    state = loader.project_state(("people", "0001_initial"), at_end=False)
    assert state.apps
    with drawing_only_what_changed():
        loader.graph.nodes["people", "0001_initial"].mutate_state(state, preserve=False)
    assert state.is_delayed
    state.clear_delayed_apps_cache()
    person, company = (state.apps.get_model("people", name) for name in ("Person", "CompanyMember"))
    assert company._meta.get_field("person").related_model is person


def test_nothing_of_it_stays_and_the_command_is_ours():
    before = ProjectState.add_model
    with drawing_only_what_changed():
        assert ProjectState.add_model is not before
    assert ProjectState.add_model is before
    assert get_commands()["migrate"] == "rapport.core"
