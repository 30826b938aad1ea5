from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "rapport.events"
    label = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        from rapport.core.permissions import register_permissions
        from rapport.core.registry import WorkerLoop, register_personal_data, register_worker_loop
        from rapport.events import pages, queries
        from rapport.events.catalogue import observe
        from rapport.events.permissions import PERMISSIONS
        from rapport.events.services import (
            imported,
            pace,
            personal_data,
            projector,
            relay,
            schema,
            sources,
            spool,
            squash,
            stream,
        )
        from rapport.people import registry as people
        from rapport.people.imports.registry import register_import_teller

        register_permissions(*PERMISSIONS)
        schema.register()
        people.register_store(spool.put)
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
        register_import_teller("timeline", imported.tell)
        register_worker_loop(WorkerLoop("catalogue", observe.run_once, 15.0))
        pages.register()
