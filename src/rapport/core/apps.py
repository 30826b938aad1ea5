from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "rapport.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from rapport.core import audit_words, id_batch, pages, permissions_core
        from rapport.core.jobs import housekeeping
        from rapport.core.jobs import observing as jobs_observing
        from rapport.core.live import notices
        from rapport.core.live import registry as live
        from rapport.core.services import incarnations, roles
        from rapport.core.ui.lists import jobs as lists

        post_migrate.connect(roles.keep_built_in, sender=self)
        permissions_core.register()
        id_batch.register()
        pages.register()
        audit_words.register_words()
        housekeeping.register()
        jobs_observing.register()
        lists.register()
        incarnations.register()
        live.register()
        notices.register()
