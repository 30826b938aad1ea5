from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rapport.channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from rapport.channels import audit_words, jobs, pages, permissions, personal_data
        from rapport.channels.email import adapter as email
        from rapport.channels.email.providers import adapter as providers
        from rapport.channels.push import adapter as push
        from rapport.channels.push import devices
        from rapport.channels.webhook import adapter as webhook
        from rapport.core.registry import PERSONAL_DATA
        from rapport.events.registry import DEVICE_LISTENERS
        from rapport.people.registry import MERGEABLES

        permissions.register()
        pages.register()
        audit_words.register_words()
        jobs.register()
        email.register()
        push.register()
        PERSONAL_DATA.register(personal_data.HOLDER)
        MERGEABLES.register(devices.MERGEABLE)
        DEVICE_LISTENERS.register(devices.take_seen, "push")
        providers.register()
        webhook.register()
