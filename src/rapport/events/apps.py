from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "rapport.events"
    label = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        from rapport.core.registry import PERSONAL_DATA
        from rapport.core.services import spool
        from rapport.events import audit_words, loops, pages, permissions, queries
        from rapport.events.services import personal_data, quarantine, schema, sources, squash
        from rapport.people import registry as people

        permissions.register()
        schema.register()
        spool.JOINED_TABLES.register("events", "events")
        spool.REFUSED_ROWS.register(quarantine.keep_refused_row, "quarantine")
        people.SOURCE_KIND_READERS.register(sources.kinds, "events")
        PERSONAL_DATA.register(personal_data.HOLDER)
        loops.register()
        people.MERGEABLES.register(squash.MERGEABLE)
        people.FIGURES.register(people.Figure("events", _("Events"), queries.counts_at_home))
        pages.register()
        audit_words.register_words()
