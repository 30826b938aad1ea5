from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rapport.channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from django.utils.translation import gettext_lazy as _

        from rapport.channels.email.mime import composer
        from rapport.channels.email.transport import from_settings
        from rapport.channels.registry import CHANNELS, ChannelKind

        CHANNELS.register(ChannelKind("email", _("Email"), "Email", "email", from_settings, composer))
