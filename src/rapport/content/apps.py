from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "rapport.content"
    label = "content"
    verbose_name = "Content"

    def ready(self) -> None:
        from rapport.content import audit_words, pages, permissions, personal_data
        from rapport.content.landing import registration as landing
        from rapport.content.library import registration as library
        from rapport.content.onsite import registration as on_site
        from rapport.content.web import registration as web

        permissions.register()
        personal_data.register()
        on_site.register()
        web.register()
        library.register()
        landing.register()
        pages.register()
        audit_words.register_words()
