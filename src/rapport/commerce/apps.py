from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "rapport.commerce"
    label = "commerce"
    verbose_name = "Commerce"

    def ready(self) -> None:
        from rapport.commerce import permissions
        from rapport.commerce.services import orders

        permissions.register()
        orders.register()
