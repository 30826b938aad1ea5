"""Direction and privacy: an app knows only lower apps, and nobody reaches into its views, forms, API or jobs."""

from __future__ import annotations

import grimp
import pytest
from django.apps import apps

from tests.architecture.project import contracts, graph, rooms

PRIVATE = {"views", "forms", "api", "jobs"}
# core is the floor that every page and route stands on; config composes addresses and routers.
OPEN, COMPOSER = "core", "config"


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


def is_private(module: str) -> bool:
    """Whether a part of its name below the app is a private layer, or is split off one: `views`, `api_identity`."""
    names = module.split(".")[2:]
    return any(name in PRIVATE or name.startswith(tuple(f"{layer}_" for layer in PRIVATE)) for name in names)


def intrusions(graph: grimp.ImportGraph) -> list[str]:
    """Imports of an app's private modules by other apps."""
    return [
        f"{importer} -> {module}"
        for module in graph.modules
        if is_private(module) and module.split(".")[1] != OPEN
        for importer in graph.find_modules_that_directly_import(module)
        if importer.split(".")[1] not in {module.split(".")[1], COMPOSER}
    ]


def package_of(module: str, graph: grimp.ImportGraph) -> str:
    return module if graph.find_children(module) else module.rpartition(".")[0]


def mutual_pairs(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """Packages of one app that import each other, neither lying inside the other."""
    edges = {
        (package_of(importer, graph), package_of(imported, graph))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if importer.split(".")[:2] == imported.split(".")[:2]
    }
    return {
        (first, second)
        for first, second in edges
        if first < second and (second, first) in edges and not second.startswith(f"{first}.")
    }


def planted(*imports: tuple[str, str]) -> grimp.ImportGraph:
    graph = grimp.ImportGraph()
    for importer, imported in imports:
        for module in (importer, imported):
            for depth in range(1, module.count(".") + 2):
                graph.add_module(".".join(module.split(".")[:depth]))
        graph.add_import(importer=importer, imported=imported)
    return graph


def test_views_forms_api_and_jobs_are_private_to_their_app():
    assert intrusions(graph()) == []


@pytest.mark.parametrize(
    "module", ["imports.views", "views_edit", "api_identity", "forms_traits", "api.people"]
)
def test_a_planted_intrusion_is_found(module):
    assert intrusions(planted(("rapport.segments.services", f"rapport.people.{module}")))


def test_config_and_the_app_itself_may_import_what_is_private():
    fine = [(f"rapport.{importer}.urls", "rapport.people.views.lists") for importer in ("config", "people")]
    assert intrusions(planted(*fine)) == []


def test_no_two_packages_of_an_app_import_each_other():
    assert mutual_pairs(graph()) == set()


def test_a_planted_mutual_pair_is_found():
    there = ("rapport.transfers.imports.queries", "rapport.transfers.exports.queries")
    assert mutual_pairs(planted(there, there[::-1])) == {
        ("rapport.transfers.exports", "rapport.transfers.imports")
    }


def broken_layers(graph: grimp.ImportGraph) -> set[tuple[str, str]]:
    """What breaks import-linter's contract "inside a room" of pyproject.toml, as (importing, imported) layers."""
    layers = next(contract for contract in contracts() if contract["name"] == "inside a room")
    levels = [{name.strip(" ()") for name in layer.split("|")} for layer in layers["layers"]]
    broken = graph.find_illegal_dependencies_for_layers(
        layers=[grimp.Layer(*names, independent=True) for names in levels],
        containers={module for module in graph.modules if graph.find_children(module)},
    )
    return {(dependency.importer, dependency.imported) for dependency in broken}


def test_the_contract_inside_a_room_covers_every_package_of_the_tree():
    layers = next(contract for contract in contracts() if contract["name"] == "inside a room")
    assert layers["containers"] == ["rapport.**"]
    assert "ignore_imports" not in layers


def test_a_planted_climb_in_a_sub_package_breaks_the_contract():
    climb = planted(("rapport.transfers.imports.services.parsing", "rapport.transfers.imports.views.lists"))
    assert broken_layers(climb) == {("rapport.transfers.imports.services", "rapport.transfers.imports.views")}
