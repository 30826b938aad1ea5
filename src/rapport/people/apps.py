from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rapport.people"
    label = "people"
    verbose_name = "People"

    def ready(self) -> None:
        from rapport.core.registry import register_personal_data
        from rapport.people import pages
        from rapport.people.services import personal_data

        register_personal_data(personal_data.HOLDER)
        pages.register()
