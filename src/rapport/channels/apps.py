from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rapport.channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from rapport.channels.email.transport import from_settings
        from rapport.channels.registry import ChannelKind, register_channel

        register_channel(ChannelKind("email", "E-mail", "email", from_settings))
