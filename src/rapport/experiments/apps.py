from django.apps import AppConfig


class ExperimentsConfig(AppConfig):
    name = "rapport.experiments"
    label = "experiments"
    verbose_name = "Experiments"

    def ready(self) -> None:
        from rapport.core.registry import PERSONAL_DATA
        from rapport.experiments import audit_words, descriptions, jobs, pages, permissions
        from rapport.experiments.services import personal_data
        from rapport.people.registry import MERGEABLES

        permissions.register()
        pages.register()
        audit_words.register_words()
        descriptions.register()
        jobs.register()
        PERSONAL_DATA.register(personal_data.HOLDER)
        MERGEABLES.register(personal_data.MERGEABLE)
