from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "rapport.channels"
    label = "channels"
    verbose_name = "Channels"

    def ready(self) -> None:
        from rapport.channels import (
            audit_words,
            identifiers,
            jobs,
            observing,
            pages,
            permissions,
            personal_data,
        )
        from rapport.channels.email import adapter as email
        from rapport.channels.email.providers import adapter as providers
        from rapport.channels.inbox import adapter as inbox
        from rapport.channels.meta import adapter as meta
        from rapport.channels.phone import registration as phone
        from rapport.channels.post import registration as post
        from rapport.channels.push import adapter as push
        from rapport.channels.sms import adapter as sms
        from rapport.channels.social import facebook, linkedin, mastodon, x
        from rapport.channels.telegram import adapter as telegram
        from rapport.channels.webhook import adapter as webhook
        from rapport.channels.whatsapp import adapter as whatsapp

        permissions.register()
        pages.register()
        audit_words.register_words()
        jobs.register()
        observing.register()
        personal_data.register()
        identifiers.register()
        for way in (email, providers, webhook, phone, post, sms, whatsapp, telegram, meta, push, inbox):
            way.register()
        for network in (mastodon, facebook, linkedin, x):
            network.register()
