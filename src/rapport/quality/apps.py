from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "rapport.quality"
    label = "quality"
    verbose_name = "Data quality"

    def ready(self) -> None:
        from rapport.core.registry import PERSONAL_DATA, WORKER_LOOPS, WorkerLoop
        from rapport.quality import personal_data
        from rapport.quality.cleansing import runs
        from rapport.quality.completeness import pages
        from rapport.quality.matching import pages as matching_pages

        PERSONAL_DATA.register(personal_data.HOLDER)
        WORKER_LOOPS.register(WorkerLoop(runs.LOOP, runs.run_once, 5.0))
        matching_pages.register()
        pages.register()
