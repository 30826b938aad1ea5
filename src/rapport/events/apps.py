from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "rapport.events"
    label = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.core.services import spool
        from rapport.events import audit_words, pages, permissions, queries
        from rapport.events.catalogue import observe
        from rapport.events.services import (
            pace,
            personal_data,
            quarantine,
            relay,
            schema,
            sources,
            squash,
            stream,
        )
        from rapport.people import registry as people
        from rapport.people.services import projector

        permissions.register()
        schema.register()
        spool.JOINED_TABLES.register("events", "events")
        spool.REFUSED_ROWS.register(quarantine.keep_refused_row, "quarantine")
        people.SOURCE_KINDS.register(sources.kinds, "events")
        PERSONAL_DATA.register(personal_data.HOLDER)
        WORKER_LOOPS.register(WorkerLoop("stream", stream.run_once, 1.0, part="stream"))
        WORKER_LOOPS.register(WorkerLoop("relay", relay.run_once, 1.0))
        stored = pace.Paced(spool.flush, while_=pace.is_filling)
        WORKER_LOOPS.register(WorkerLoop("spool", stored, 1.0, part="projector"))
        projected = pace.Paced(projector.run_once, while_=pace.is_behind)
        WORKER_LOOPS.register(WorkerLoop("projector", projected, 1.0, part="projector"))
        WORKER_LOOPS.register(WorkerLoop("squash", squash.run_once, 600.0))
        people.MERGEABLES.register(
            people.Mergeable("events", lambda _pairs: {}, lambda pair, _: squash.recall(pair))
        )
        people.FIGURES.register(people.Figure("events", _("Events"), queries.counts_at_home))
        WORKER_LOOPS.register(WorkerLoop("catalogue", observe.run_once, 15.0))
        pages.register()
        audit_words.register_words()
