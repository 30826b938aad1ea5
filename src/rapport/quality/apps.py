from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "rapport.quality"
    label = "quality"
    verbose_name = "Data quality"

    def ready(self) -> None:
        from rapport.core.registry import WorkerLoop, register_personal_data, register_worker_loop
        from rapport.quality import personal_data
        from rapport.quality.cleansing import runs
        from rapport.quality.completeness import pages
        from rapport.quality.matching import pages as matching_pages

        register_personal_data(personal_data.HOLDER)
        register_worker_loop(WorkerLoop(runs.LOOP, runs.run_once, 5.0))
        matching_pages.register()
        pages.register()
