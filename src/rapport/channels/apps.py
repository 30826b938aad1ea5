from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rapport.channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from rapport.channels import audit_words, pages, permissions
        from rapport.channels.email import adapter as email

        permissions.register()
        pages.register()
        audit_words.register_words()
        email.register()
