"""Direction and privacy: an app knows only lower apps, and nobody reaches into its views, forms, API or jobs."""

from __future__ import annotations

import grimp
from django.apps import apps

from tests.architecture.project import ROOT, contract, rooms

PRIVATE = {"views", "forms", "api", "jobs"}
# core is the floor that every page and route stands on; config composes addresses and routers.
OPEN, COMPOSER = "core", "config"
# They have a contract of their own, "inside core".
CORE = {"rapport.core", "rapport.core.services"}


def related() -> set[tuple[str, str, str]]:
    """(app, app it points to, field) for every relation between Rapport's models, lazy ones too."""
    ours = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in rooms()]
    return {
        (model._meta.app_label, field.related_model._meta.app_label, f"{model.__name__}.{field.name}")
        for model in ours
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
        if field.is_relation and field.related_model
    }


def test_no_model_points_to_a_higher_room_or_a_peer():
    height = rooms()
    wrong = [
        f"{label} {field} -> {target}"
        for label, target, field in related()
        if target in height and target != label and height[target] <= height[label]
    ]
    assert not wrong


def test_model_relations_are_seen_at_all():
    assert ("segments", "people", "Membership.person") in related()


def test_every_installed_app_is_a_room():
    labels = {app.label for app in apps.get_app_configs() if app.name.startswith("rapport.")}
    homeless = sorted(labels - set(rooms()))
    assert not homeless, f'add to a layer of the contract "rooms" in pyproject.toml: {homeless}'


def test_every_room_is_layered_inside():
    """A package with views or services that the contract does not name would be checked by nothing."""
    packages = {
        ".".join(path.relative_to(ROOT / "src").parts[:-1])
        for name in ("views", "views.py", "services", "services.py")
        for path in (ROOT / "src" / "rapport").rglob(name)
        if "tests" not in path.parts
    }
    missing = sorted(packages - {*CORE, *contract("inside a room")["containers"]})
    assert not missing, f'add to the containers of the contract "inside a room" in pyproject.toml: {missing}'


def test_views_forms_api_and_jobs_are_private_to_their_app():
    graph = grimp.build_graph("rapport", exclude_type_checking_imports=True)
    wrong = []
    for module in graph.modules:
        parts = module.split(".")
        if len(parts) < 3 or parts[2] not in PRIVATE or parts[1] == OPEN:
            continue
        for importer in graph.find_modules_that_directly_import(module):
            if importer.split(".")[1] not in {parts[1], COMPOSER}:
                wrong.append(f"{importer} -> {module}")
    assert not wrong
