from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "rapport.events"
    label = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        from rapport.core.registry import WorkerLoop, register_personal_data, register_worker_loop
        from rapport.events import pages
        from rapport.events.services import imported, personal_data, projector, relay, schema, spool, stream
        from rapport.people.imports.registry import register_import_teller

        schema.register()
        register_personal_data(personal_data.HOLDER)
        register_worker_loop(WorkerLoop("stream", stream.run_once, 1.0, part="stream"))
        register_worker_loop(WorkerLoop("relay", relay.run_once, 1.0))
        register_worker_loop(WorkerLoop("spool", spool.flush, 1.0, part="projector"))
        register_worker_loop(WorkerLoop("projector", projector.run_once, 1.0, part="projector"))
        register_import_teller("timeline", imported.tell)
        pages.register()
