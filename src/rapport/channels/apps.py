from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rapport.channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from rapport.channels.email.transport import from_settings
        from rapport.channels.registry import CHANNELS, ChannelKind

        CHANNELS.register(ChannelKind("email", "E-mail", "email", from_settings))
