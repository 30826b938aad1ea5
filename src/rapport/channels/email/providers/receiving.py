"""What each provider calls an account's address with. One address takes events and inbound mail alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from anymail.inbound import AnymailInboundMessage
from anymail.signals import AnymailTrackingEvent
from anymail.webhooks import amazon_ses, brevo, mailgun, postmark, sendgrid
from django.utils.translation import gettext as _

from rapport.channels.email.providers import calls, events, mail, messages, sns
from rapport.channels.email.providers.events import Failure
from rapport.channels.incoming import Answer, Call, Choice, Incoming, Malformed, NotTheirs

Settings = Mapping[str, Any]


def mailgun_calls(call: Call, settings: Settings) -> Answer:
    """Signed are only time and token, so a token counts once."""
    options = {"webhook_signing_key": _needed(settings, "signing_key")}
    calls.check_password(call, settings)
    is_inbound = not calls.is_json(call)
    view = mailgun.MailgunInboundWebhookView if is_inbound else mailgun.MailgunTrackingWebhookView
    read = calls.events_of(view(**options), call)
    proof = calls.request_of(call).POST if is_inbound else json.loads(call.body)["signature"]
    calls.check_fresh(proof["timestamp"], call.now)
    data = mail.incoming(read, call.now) if is_inbound else events.incoming(read, _mailgun_failure, call.now)
    return _answer(data, f"mailgun:{proof['token']}")


def _mailgun_failure(event: AnymailTrackingEvent) -> Failure:
    data = event.esp_event.get("event-data", event.esp_event)
    status = data.get("delivery-status") or {}
    words = " ".join(str(status[key]) for key in ("message", "description") if status.get(key))
    hard = data.get("severity") == "permanent" and data.get("reason") in {"bounce", "suppress-bounce"}
    return Failure(hard, str(status.get("enhanced-code") or ""), words)


def postmark_calls(call: Call, settings: Settings) -> Answer:
    """Not signed: the secret address proves them, and a password where the account has one."""
    calls.check_password(call, settings)
    data = calls.json_of(call)
    if not isinstance(data, dict) or data.get("RecordType", "Inbound") == "Inbound":
        return _answer(mail.incoming(calls.events_of(postmark.PostmarkInboundWebhookView(), call), call.now))
    if data.get("RecordType") == "SubscriptionChange" and data.get("Origin") != "Recipient":
        return Answer()  # what the account's owner or a bounce changed is no person's choice
    read = calls.events_of(postmark.PostmarkTrackingWebhookView(), call)
    return _answer(events.incoming(read, _postmark_failure, call.now))


def _postmark_failure(event: AnymailTrackingEvent) -> Failure:
    data = event.esp_event
    words = " ".join(str(data[key]) for key in ("Details", "Description") if data.get(key))
    return Failure(data.get("Type") in {"HardBounce", "BadEmailAddress"}, "", words)


def sendgrid_calls(call: Call, settings: Settings) -> Answer:
    """Events are signed over the very bytes; inbound mail is only as secret as the address, or has a password."""
    calls.check_password(call, settings)
    if not calls.is_json(call):
        return _answer(mail.incoming(calls.events_of(sendgrid.SendGridInboundWebhookView(), call), call.now))
    options = {"tracking_webhook_verification_key": _needed(settings, "verification_key")}
    try:
        view = sendgrid.SendGridTrackingWebhookView(**options)
    except ValueError as error:
        raise NotTheirs(_("The verification key in the settings is none.")) from error
    read = calls.events_of(view, call)
    calls.check_fresh(call.headers.get("x-twilio-email-event-webhook-timestamp"), call.now)
    data = [*events.incoming(read, _sendgrid_failure, call.now)]
    return _answer(data, f"sendgrid:{call.headers['x-twilio-email-event-webhook-signature']}")


def _sendgrid_failure(event: AnymailTrackingEvent) -> Failure:
    data = event.esp_event
    reason = str(data.get("reason") or "")
    hard = data.get("event") == "bounce" and data.get("type", "bounce") == "bounce"
    hard = hard or reason.lower() in {"bounced address", "invalid"}
    return Failure(hard, str(data.get("status") or "").removesuffix("5.0.0"), reason)


def brevo_calls(call: Call, settings: Settings) -> Answer:
    """Not signed: the secret address proves them, and a password or token where the account has one."""
    calls.check_password(call, settings)
    data = calls.json_of(call)
    if isinstance(data, dict) and "items" in data:
        return _answer(mail.incoming(calls.events_of(_BrevoInbound(api_key="-"), call), call.now))
    read = calls.events_of(brevo.BrevoTrackingWebhookView(), call)
    return _answer(events.incoming(read, _brevo_failure, call.now))


class _BrevoInbound(brevo.BrevoInboundWebhookView):  # type: ignore[misc]
    def _fetch_attachment(self, attachment: Mapping[str, Any]) -> Any:
        """Its name and type; nothing is fetched while the provider waits."""
        return AnymailInboundMessage.construct_attachment(
            str(attachment.get("ContentType") or "application/octet-stream"),
            b"",
            filename=attachment.get("Name"),
        )


def _brevo_failure(event: AnymailTrackingEvent) -> Failure:
    data = event.esp_event
    return Failure(data.get("event") in {"hard_bounce", "invalid_email"}, "", str(data.get("reason") or ""))


def ses_calls(call: Call, settings: Settings) -> Answer:
    """Notifications of the account's own topic, signed by Amazon SNS."""
    calls.check_password(call, settings)
    topic = _needed(settings, "topic")
    envelope = sns.notification(call, topic)
    if envelope["Type"] == "SubscriptionConfirmation":
        sns.confirm(envelope, topic)
    if envelope["Type"] != "Notification" or str(envelope["Message"]).startswith(
        "Successfully validated SNS"
    ):
        return Answer()
    try:
        data = json.loads(envelope["Message"])
        incoming = (
            _ses_mail(data, call)
            if data.get("notificationType") == "Received"
            else _ses_events(data, envelope, call)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Malformed(f"{type(error).__name__}: {error}"[:300]) from error
    return _answer(incoming, f"sns:{envelope['MessageId']}")


def _ses_events(data: dict[str, Any], envelope: Mapping[str, Any], call: Call) -> list[Incoming]:
    read = amazon_ses.AmazonSESTrackingWebhookView.esp_to_anymail_events(None, data, envelope)
    for event in read:
        event.metadata = {
            messages.DELIVERY: next(iter(data["mail"].get("tags", {}).get(messages.DELIVERY, [])), "")
        }
    if data.get("bounce", {}).get("bounceSubType") == "UnsubscribedRecipient":
        return [Choice(event.recipient, False, call.now, provider_id=event.message_id) for event in read]
    return [*events.incoming(read, _ses_failure, call.now)]


def _ses_failure(event: AnymailTrackingEvent) -> Failure:
    bounce = event.esp_event.get("bounce") or {}
    recipients = bounce.get("bouncedRecipients") or []
    own: Mapping[str, Any] = next(
        (entry for entry in recipients if entry.get("emailAddress") == event.recipient), {}
    )
    hard = bounce.get("bounceType") == "Permanent" and bounce.get("bounceSubType") in {
        "General",
        "NoEmail",
        "Suppressed",
        "OnAccountSuppressionList",
    }
    words = own.get("diagnosticCode") or event.description or ""
    return Failure(hard, str(own.get("status") or "").removesuffix("5.0.0"), str(words))


def _ses_mail(data: dict[str, Any], call: Call) -> Iterator[Incoming]:
    if "content" not in data:
        raise Malformed(_("The receipt rule must publish the whole mail to the topic (action SNS, not S3)."))
    parsed = AnymailInboundMessage.parse_raw_mime(data["content"])
    return mail.of_message(parsed, data["mail"]["messageId"], call.now)


def _answer(incoming: Any, once: str = "") -> Answer:
    try:
        return Answer(tuple(incoming), once=once)
    except (KeyError, AttributeError, TypeError) as error:
        raise Malformed(f"{type(error).__name__}: {error}"[:300]) from error


def _needed(settings: Settings, key: str) -> str:
    if not settings.get(key):
        raise NotTheirs(
            _("The settings of the account lack what proves its provider's calls: %(key)s") % {"key": key}
        )
    return str(settings[key]).strip()
