"""The order of the left rail. An app's entry appears once the app has pages."""

from rapport.core.registry import NavEntry, register_navigation

ENTRIES = [
    NavEntry("home", "Home", "house", "insights:home", 10, "insights.view"),
    NavEntry("people", "People", "users", "people:list", 20, "people.view", ("/data/people/",)),
    NavEntry("companies", "Companies", "building-2", "people:companies", 30, "people.view"),
    NavEntry("segments", "Segments", "pie-chart", "segments:list", 40, "segments.view", ("/lifecycle/",)),
    NavEntry("data", "Data", "database", "events:data", 130, "data.view"),
    NavEntry("settings", "Settings", "settings", "core:settings", 140),
]


def register() -> None:
    for entry in ENTRIES:
        register_navigation(entry)
