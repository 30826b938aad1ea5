from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "rapport.events"
    label = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        from rapport.core.registry import WorkerLoop, register_personal_data, register_worker_loop
        from rapport.core.services import spool
        from rapport.events import pages, queries
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

        schema.register()
        spool.join_blocks_of("events")
        spool.on_refused(quarantine.keep_refused_row)
        people.register_source_kinds(sources.kinds)
        register_personal_data(personal_data.HOLDER)
        register_worker_loop(WorkerLoop("stream", stream.run_once, 1.0, part="stream"))
        register_worker_loop(WorkerLoop("relay", relay.run_once, 1.0))
        stored = pace.Paced(spool.flush, while_=pace.is_filling)
        register_worker_loop(WorkerLoop("spool", stored, 1.0, part="projector"))
        projected = pace.Paced(projector.run_once, while_=pace.is_behind)
        register_worker_loop(WorkerLoop("projector", projected, 1.0, part="projector"))
        register_worker_loop(WorkerLoop("squash", squash.run_once, 600.0))
        people.register_mergeable(
            people.Mergeable("events", lambda _pairs: {}, lambda pair, _: squash.recall(pair))
        )
        people.register_figure(people.Figure("events", _("Events"), queries.counts_at_home))
        register_worker_loop(WorkerLoop("catalogue", observe.run_once, 15.0))
        pages.register()
