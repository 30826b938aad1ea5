from django.urls import URLPattern, URLResolver, path

from rapport.messaging.views import (
    channel_calls,
    deliverability,
    deliveries,
    inbound,
    mailboxes,
    mails,
    policy,
    public,
)

app_name = "messaging"
urlpatterns: list[URLPattern | URLResolver] = [
    path("sends/<int:send_id>/deliveries/", deliveries.delivery_list, name="deliveries"),
    path("deliveries/<uuid:delivery_id>/", deliveries.why, name="delivery"),
    path("deliveries/<uuid:delivery_id>/content/", deliveries.content, name="delivery-content"),
    path("deliveries/people/<uuid:person_id>/", deliveries.person, name="person"),
    path("settings/sending/", policy.policy, name="policy"),
    path("settings/sending/caps/", policy.cap, name="cap"),
    path("settings/sending/caps/<int:cap_id>/removal/", policy.cap_removal, name="cap-removal"),
    path("settings/sending/rules/", policy.rule, name="rule"),
    path("settings/sending/rules/<int:rule_id>/removal/", policy.rule_removal, name="rule-removal"),
    path("settings/deliverability/", deliverability.deliverability, name="deliverability"),
    path("messages/<int:message_id>/", inbound.message, name="message"),
    path("settings/mailboxes/", mailboxes.mailbox_list, name="mailboxes"),
    path("settings/mailboxes/new/", mailboxes.new, name="mailbox-new"),
    path("settings/mailboxes/<int:mailbox_id>/", mailboxes.mailbox, name="mailbox"),
    path("settings/mailboxes/<int:mailbox_id>/test/", mailboxes.test, name="mailbox-test"),
    path("settings/mailboxes/<int:mailbox_id>/disabling/", mailboxes.disabling, name="mailbox-disabling"),
    path("settings/mailboxes/<int:mailbox_id>/mails/", mails.mail_list, name="mails"),
    path("settings/mailboxes/mails/<int:mail_id>/", mails.mail, name="mail"),
    path("settings/mailboxes/mails/<int:mail_id>/retry/", mails.retry, name="mail-retry"),
    path("hooks/channels/<str:token>", channel_calls.called, name="channel-call"),
    path("e/o/<str:token>.gif", public.open_pixel, name="open"),
    path("e/c/<str:token>", public.click, name="click"),
    path("e/u/<str:token>", public.unsubscribe, name="unsubscribe"),
]
