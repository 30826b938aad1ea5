from django.apps import AppConfig


class ContentConfig(AppConfig):
    name = "rapport.content"
    label = "content"
    verbose_name = "Content"

    def ready(self) -> None:
        from rapport.content import audit_words, pages, permissions
        from rapport.content.library import registration as library
        from rapport.content.onsite import registration as on_site

        permissions.register()
        on_site.register()
        library.register()
        pages.register()
        audit_words.register_words()
