"""Registries refuse doubles, are frozen once the program has started, and name what is missing."""

import re
from dataclasses import dataclass, replace

import pytest

from rapport.core import startup
from rapport.core.access import for_person
from rapport.core.models import Team
from rapport.core.permissions import UnknownPermission
from rapport.core.registration import RegistrationError, Registry
from rapport.core.registry import (
    API_ROUTERS,
    LISTS,
    NAVIGATION,
    OWNED_RECORDS,
    SETTINGS_GROUPS,
    SETTINGS_PAGES,
    ApiRouter,
    ListEntry,
    NavEntry,
    SettingsGroup,
    SettingsPage,
    settings_pages,
)
from rapport.core.ui.lists import Board, BulkAction, Column, InlineEdit, ListPage
from rapport.core.views.styleguide import styleguide


@dataclass(frozen=True)
class Fruit:
    name: str
    weight: int = 0


@pytest.fixture
def fruits(monkeypatch):
    """An empty registry, before the program has started."""
    monkeypatch.setattr("rapport.core.registration.apps.ready", False)
    monkeypatch.setattr(Registry, "everything", [])
    return Registry("fruit", order="weight")


def test_entries_come_in_their_order(fruits):
    for fruit in (Fruit("melon", 3), Fruit("plum", 1), Fruit("pear", 2)):
        fruits.register(fruit)
    assert [fruit.name for fruit in fruits] == ["plum", "pear", "melon"]
    assert fruits["plum"].weight == 1
    assert fruits.get("kiwi") is None
    assert "kiwi" not in fruits


def test_a_second_entry_of_one_name_is_refused_and_both_are_named(fruits):
    fruits.register(Fruit("plum", 1))
    with pytest.raises(RegistrationError, match=r"weight=1.*test_registration:\d+.*weight=2"):
        fruits.register(Fruit("plum", 2))


def test_an_entry_brings_others_and_takes_them_along(fruits):
    juices = Registry("juice")
    trees = Registry("tree", brings=lambda tree: [(juices, f"{tree.name} juice", tree.weight)])
    trees.register(Fruit("apple", 1))
    with trees.temporarily(Fruit("pear", 2)):
        assert juices.items() == [("apple juice", 1), ("pear juice", 2)]
        assert juices.origin("apple juice").startswith("rapport.core.tests.test_registration:")
    assert juices.items() == [("apple juice", 1)]


def test_functions_are_registered_with_a_name():
    registry = Registry("function")
    with registry.temporarily(size=len):
        assert registry["size"] is len


def test_nothing_is_registered_once_the_program_has_started(monkeypatch):
    monkeypatch.setattr(Registry, "everything", [])
    with pytest.raises(RegistrationError, match=r"“plum”.*comes too late"):
        Registry("fruit").register(Fruit("plum"))


def test_what_a_test_registers_ends_with_the_test(fruits):
    fruits.register(Fruit("plum"))
    with fruits.temporarily(Fruit("kiwi")):
        assert len(fruits) == 2
        with pytest.raises(RegistrationError, match="kiwi"), fruits.temporarily(Fruit("kiwi")):
            pass
    with fruits.temporarily(alone=True):
        assert not list(fruits)
    assert [fruit.name for fruit in fruits] == ["plum"]


def test_the_product_as_it_stands_lacks_nothing():
    assert startup.problems() == []


def test_a_page_that_no_address_has_is_named():
    with NAVIGATION.temporarily(NavEntry("ghost", "Ghost", "house", "core:nowhere", 1)):
        (sentence,) = startup.problems()
    assert "navigation entry “ghost”" in sentence
    assert "“core:nowhere”" in sentence


def test_a_permission_that_nobody_registered_is_named():
    entry = NavEntry("ghost", "Ghost", "house", "core:styleguide", 1, "ghosts.see")
    with NAVIGATION.temporarily(entry), pytest.raises(RegistrationError, match=r"“ghosts\.see”"):
        startup.check()


def test_both_permissions_of_an_owned_record_are_looked_at():
    person = OWNED_RECORDS["person"]
    ghost = replace(person, name="ghost", view="ghosts.see", edit="ghosts.scare")
    with OWNED_RECORDS.temporarily(ghost):
        seen, scared = startup.problems()
    assert "“ghosts.see”" in seen
    assert "“ghosts.scare”" in scared


def test_an_address_that_cannot_be_made_for_a_record_is_named():
    with OWNED_RECORDS.temporarily(
        replace(OWNED_RECORDS["person"], name="ghost", url_name="core:styleguide")
    ):
        (sentence,) = startup.problems()
    assert "“ghost”" in sentence
    assert "the id of a record" in sentence
    with NAVIGATION.temporarily(NavEntry("ghost", "Ghost", "house", "people:profile", 1)):
        (sentence,) = startup.problems()
    assert "no arguments" in sentence


def test_records_may_be_numbered():
    numbered = replace(OWNED_RECORDS["person"], name="team", model=Team, url_name="core:settings-team")
    with OWNED_RECORDS.temporarily(numbered):
        assert startup.problems() == []


def test_labels_are_translated_when_they_are_shown():
    """Types of identifiers keep theirs as texts, because the business may have given them others."""
    plain = [
        f"{registry.noun} {name}"
        for registry in Registry.everything
        for name, entry in registry.items()
        if registry.noun != "type of identifier" and isinstance(getattr(entry, "label", None), str)
    ]
    assert not plain


def test_everybody_has_the_empty_permission():
    assert for_person("1").may("")
    with pytest.raises(UnknownPermission):
        for_person("1").may("ghosts.see")


def test_an_icon_that_there_is_not_is_named():
    with NAVIGATION.temporarily(NavEntry("ghost", "Ghost", "ectoplasm", "core:styleguide", 1)):
        (sentence,) = startup.problems()
    assert "“ectoplasm”" in sentence


def test_a_guard_with_a_slip_is_named(monkeypatch):
    monkeypatch.setattr(styleguide, "permission", "ghosts.see", raising=False)
    (sentence,) = startup.problems()
    assert "core:styleguide" in sentence
    assert "“ghosts.see”" in sentence


class Ghosts(ListPage):
    """A list whose every permission has a slip."""

    name, title, default_sort, export_permission = "ghosts", "Ghosts", "name", "ghosts.take"
    board = Board("state", (), permission="ghosts.move")
    bulk = (BulkAction("scare", "Scare", "ghost", "ghosts.scare", None),)
    columns = (Column("name", "Name", edit=InlineEdit(print, permission="ghosts.rename")),)


def test_slips_in_the_permissions_of_a_list_are_named():
    entry = ListEntry("ghosts", f"{__name__}.Ghosts", "core:styleguide")
    with LISTS.temporarily(entry):
        sentences = startup.problems()
    assert [re.search(r"“(ghosts\.\w+)” \((.+?)\)", sentence).groups() for sentence in sentences] == [
        ("ghosts.take", "export"),
        ("ghosts.move", "board"),
        ("ghosts.scare", "scare"),
        ("ghosts.rename", "column name"),
    ]


def test_an_app_on_disk_that_is_not_installed_is_named(tmp_path, settings):
    for name in ("people", "deals", "demo"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "apps.py").touch()
    (sentence,) = startup.uninstalled(tmp_path)
    assert "rapport.deals is not installed" in sentence


def test_what_is_missing_from_a_registry_is_named(fruits):
    with pytest.raises(KeyError, match="“fruit” has no “kiwi”"):
        fruits["kiwi"]


@pytest.mark.parametrize("module", ["rapport.core.ghost", "rapport.ghost.api"])
def test_a_router_without_a_module_is_named(module):
    with API_ROUTERS.temporarily(ApiRouter("", module)):
        (sentence,) = startup.problems()
    assert module in sentence


def test_apps_bring_groups_of_settings():
    page = SettingsPage("ghosts", "Ghosts", "house", "core:styleguide", 1, group="haunted")
    with SETTINGS_PAGES.temporarily(page):
        assert "“haunted”" in startup.problems()[0]
        with SETTINGS_GROUPS.temporarily(SettingsGroup("haunted", "Haunted", 99)):
            assert startup.problems() == []
            assert settings_pages()[-1] == page


@pytest.mark.parametrize("first", ["announced", "registered"])
def test_an_announced_entry_gives_way_whichever_comes_first(fruits, first):
    steps = [lambda: fruits.announce(Fruit("plum", 1)), lambda: fruits.register(Fruit("plum", 2))]
    for step in steps if first == "announced" else reversed(steps):
        step()
    assert [fruit.weight for fruit in fruits] == [2]
    with pytest.raises(RegistrationError):
        fruits.register(Fruit("plum", 3))
