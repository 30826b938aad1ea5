from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.jobs import JOB_KINDS
        from rapport.core.registry import PERSONAL_DATA
        from rapport.core.services import spool
        from rapport.people import audit_words, identity_types, jobs, pages, permissions, registry
        from rapport.people.services import own_rows, owners, personal_data

        permissions.register()
        identity_types.register()
        pages.register_owned()
        spool.JOINED_TABLES.register("trait_history", "trait_history")
        PERSONAL_DATA.register(personal_data.HOLDER)
        JOB_KINDS.register(jobs.RECOMPUTE)
        registry.MERGEABLES.register(own_rows.MERGEABLE)
        registry.MERGEABLES.register(owners.MERGEABLE)
        pages.register()
        audit_words.register_words()
