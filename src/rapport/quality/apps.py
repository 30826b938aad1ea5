from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "rapport.quality"
    label = "quality"
    verbose_name = "Data quality"

    def ready(self) -> None:
        from rapport.core.jobs import JOB_KINDS
        from rapport.core.registry import API_ROUTERS, NAVIGATION, PERSONAL_DATA, SETTINGS_PAGES, ApiRouter
        from rapport.quality import audit_words, pages, personal_data
        from rapport.quality.cleansing.jobs import JOB_KIND as REPAIRS
        from rapport.quality.completeness.jobs import JOB_KIND as MEASUREMENTS
        from rapport.quality.matching.jobs import JOB_KINDS as SEARCHES

        audit_words.register_words()
        PERSONAL_DATA.register(personal_data.HOLDER)
        for kind in (REPAIRS, MEASUREMENTS, *SEARCHES):
            JOB_KINDS.register(kind)
        for prefix, package in (
            ("", "matching"),
            ("/quality", "completeness"),
            ("/quality/repairs", "cleansing"),
        ):
            API_ROUTERS.register(ApiRouter(prefix, f"rapport.quality.{package}.api"))
        NAVIGATION.register(pages.DATA_QUALITY)
        SETTINGS_PAGES.register(pages.DUPLICATES)
