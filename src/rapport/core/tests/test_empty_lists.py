"""Empty lists say what they are for."""

from django.utils.module_loading import import_string

from rapport.core import registry
from rapport.core.ui.lists import ListPage


def test_every_list_says_when_it_is_empty_what_it_is_for():
    lists = [import_string(entry.page) for entry in registry.LISTS]
    assert [
        page for page in lists if page.empty_template == ListPage.empty_template and not all(page.empty)
    ] == []
