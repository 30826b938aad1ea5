"""One record of every kind that a page's address names, so that every page can be opened by a test.

Most are filled in from their model's fields alone; GIVEN has what a page reads beyond that. A route argument that is
not in ARGUMENTS fails the test of query counts: add the model it names.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from rapport.config.tests.routes import NOBODY
from rapport.core.clock import SYSTEM

JOURNEY = {"trigger": {"type": "api"}, "start": "a", "steps": {"a": {"type": "end"}}}
SEGMENT = {"trait": "country", "is": "GB"}
# {argument, or "route argument" where a name means several things: "app.Model", "app.Model.field" or =value}
ARGUMENTS = {
    "account_id": "channels.ChannelAccount",
    "core:comments kind": "=template",
    "core:comments record": "content.Template",
    "comment_id": "core.Comment",
    "notice_id": "core.Notice",
    "adapter": "=smtp",
    "call_id": "channels.CallTask",
    "campaign_id": "campaigns.Campaign",
    "code": "=sku",
    "cart_id": "commerce.Cart",
    "program_key": "loyalty.Program.key",
    "reward_id": "loyalty.Reward",
    "referral_code": "loyalty.Account.referral_code",
    "earn_rule_id": "loyalty.EarnRule",
    "pass_type": "=pass.org.example.club",
    "serial": "=nobody",
    "device": "=telephone",
    "loyalty_account_id": "loyalty.Account",
    "subscription_id": "commerce.Subscription",
    "company_id": "people.Company",
    "connector_id": "connectors.Connector",
    "difference_id": "connectors.Difference",
    "connectors:connector-new kind": "=shopify",
    "connectors:of-source source_id": "connectors.Connector.source_id",
    "activity_id": "events.Activity",
    "delivery_id": "messaging.Delivery",
    "domain_id": "channels.SendingDomain",
    "stream": "=marketing",
    "endpoint_id": "integrations.WebhookEndpoint",
    "entity": "=person",
    "event_id": "events.QuarantinedEvent",
    "file_id": "channels.PrintFile",
    "mailpiece_id": "channels.Mailpiece",
    "job_id": "core.Job",
    "line": "governance.ConsentRecord",
    "measure": "=completeness.email",
    "mail_id": "messaging.IncomingMail",
    "mailbox_id": "messaging.Mailbox",
    "merge_id": "people.Merge",
    "message_id": "=o-0",
    "messaging:message message_id": "messaging.InboundMessage",
    "messaging:file file_id": "messaging.MessageFile",
    "form_id": "content.WebForm",
    "submission_id": "content.FormSubmission",
    "page_id": "content.LandingPage",
    "slug": "content.LandingPage.slug",
    "content:web-form-page key": "content.WebForm.key",
    "content:web-form-file field": "=attachment",
    "category_id": "commerce.Category",
    "feed_id": "commerce.ProductFeed",
    "product_id": "commerce.Product",
    "promotion_id": "promotions.Promotion",
    "experiment_key": "experiments.Experiment.key",
    "coupon_id": "promotions.Coupon",
    "gift_card_id": "promotions.GiftCard",
    "commerce:feed-decision run_id": "commerce.FeedRun",
    "commerce:feed-errors run_id": "commerce.FeedRun",
    "channels:inbox_click message_id": "channels.InboxMessage",
    "channels:inbox_dismiss message_id": "channels.InboxMessage",
    "integrations:message message_id": "integrations.WebhookMessage",
    "content:on-site-message message_id": "content.OnSiteMessage",
    "content:on-site-turn message_id": "content.OnSiteMessage",
    "content:on-site-test message_id": "content.OnSiteMessage",
    "number": "demo.CaughtMail",
    "order_id": "commerce.Order",
    "order_file_id": "commerce.OrderFile",
    "person_id": "people.Person",
    "position": "segments.Stage.position",
    "post_id": "campaigns.SocialPost",
    "publication_id": "campaigns.SocialPublication",
    "image_id": "campaigns.SocialImage",
    "content:image image_id": "content.Image",
    "content:image-archive image_id": "content.Image",
    "content:image-file image_id": "content.Image",
    "rendition": "=full.png",
    "block_id": "content.Block",
    "reply_id": "campaigns.SocialReply",
    "enrolment_id": "journeys.Enrolment",
    "journey_id": "journeys.Journey",
    "playbook_key": "=welcome",
    "task_id": "journeys.JourneyTask",
    "intake_id": "journeys.Intake",
    "replay_id": "journeys.Replay",
    "received_id": "transfers.Received",
    "send_id": "messaging.Send",
    "source_id": "events.Source",
    "sync_id": "segments.Sync",
    "template_id": "content.Template",
    "trait_id": "segments.ComputedTrait",
    "type_id": "events.EventType",
    "core:settings-audit-entry pk": "core.AuditEntry",
    "core:settings-role key": "core.Role.key",
    "core:settings-team pk": "core.Team",
    "core:settings-user pk": "core.User",
    "governance:purpose key": "governance.Purpose.key",
    "governance:request pk": "governance.SubjectRequest",
    "people:company_edit_trait pk": "people.Company",
    "people:company_history pk": "people.Company",
    "people:owner pk": "people.Person",
    "people:company_owner pk": "people.Company",
    "people:company_traits pk": "people.Company",
    "people:edit_trait pk": "people.Person",
    "people:history pk": "people.Person",
    "people:traits pk": "people.Person",
    "content:template-picture design": "=welcome",
    "people:identifier_type key": "=email",
    "transfers:files source_id": "transfers.FileFeed.source_id",
    "transfers:files_mapping source_id": "transfers.FileFeed.source_id",
    "transfers:mapping source_id": "transfers.Webhook.source_id",
    "transfers:received source_id": "transfers.Webhook.source_id",
    "transfers:security source_id": "transfers.Webhook.source_id",
    "transfers:webhook source_id": "transfers.Webhook.source_id",
    "segments:analysis key": "segments.Segment.key",
    "segments:comparison key": "segments.Segment.key",
    "segments:edit key": "segments.Segment.key",
    "segments:history key": "segments.Segment.key",
    "segments:segment key": "segments.Segment.key",
    "segments:status key": "segments.Segment.key",
    "segments:sync key": "segments.Segment.key",
    "segments:syncs key": "segments.Segment.key",
    "segments:versions key": "segments.Segment.key",
    "content:template-compare version": "content.TemplateVersion.version",
    "segments:why key": "segments.Segment.key",
    "transfers:export export_id": "transfers.Export",
    "transfers:export_progress export_id": "transfers.Export",
    "transfers:import run_id": "transfers.Import",
    "transfers:import_columns run_id": "transfers.Import",
    "transfers:import_progress run_id": "transfers.Import",
    "quality:match_progress run_id": "quality.MatchRun",
    "quality:repair run_id": "quality.RepairRun",
    "quality:repair_progress run_id": "quality.RepairRun",
}
GIVEN: dict[str, dict[str, Any]] = {
    "connectors.Connector": {"kind": "shopify"},
    "loyalty.Program": {"zone": "Europe/London"},
    "connectors.ConnectorResource": {"key": "orders"},
    "channels.ChannelAccount": {"adapter": "smtp", "channel": "email"},
    "campaigns.Campaign": {"channel": "email"},
    "commerce.OrderFile": {"state": "done", "mapping": {"columns": {}, "dates": "", "numbers": ""}},
    "core.Job": {"kind": "quality.measure"},
    "core.Comment": {"kind": "template", "record": "content.Template", "thread": None},
    "core.Notice": {
        "kind": "comment.mentioned",
        "params": {"who": "A", "record": "R", "text": "T"},
        "user": "core.User",
    },
    "experiments.Experiment": {"planned": 100, "about": "page"},
    "journeys.Enrolment": {"step": "a", "ended_at": SYSTEM.now(), "outcome": "completed"},
    "journeys.JourneyVersion": {"definition": JOURNEY},
    "segments.ComputedTrait": {"definition": {"count_of": "Order Completed"}},
    "segments.Segment": {"definition": SEGMENT},
    "people.Relationship": {"other_person": "people.Person"},
    "messaging.Delivery": {"handed_over_at": SYSTEM.now(), "person": "people.Person"},
    "messaging.Send": {"origin": "campaign", "origin_id": NOBODY},
    "transfers.Export": {"job": "core.Job"},
    "transfers.Import": {"layout": {"format": "csv"}},
    "transfers.Received": {"body": "{}"},
    "quality.RepairRun": {"repair": "names"},
}
# Only among these: who is unidentified or merged away is on no list.
AMONG = {"people.Person": {"is_identified": True, "merged_into": None}}
# As many of these as of everything else, because pages list them beside their record.
CHILDREN = (
    "events.ActivityVersion", "messaging.Delivery", "segments.SyncMessage", "segments.Stage",
    "segments.WebhookAttempt", "transfers.Received", "transfers.Export", "transfers.Import", "quality.RepairItem",
    "core.Job", "journeys.Enrolment", "journeys.Passage", "integrations.WebhookMessage", "integrations.WebhookAttempt",
)  # fmt: skip


def argument_of(route: str, argument: str) -> str | None:
    return ARGUMENTS.get(f"{route} {argument}", ARGUMENTS.get(argument))


def value_of(reference: str) -> Any:
    """The value that stands in an address: of the first record of its kind, made if there is none."""
    if reference.startswith("="):
        return reference[1:]
    app, model, *field = reference.split(".")
    record = first(f"{app}.{model}")
    return getattr(record, field[0]) if field else record.pk


def first(label: str) -> models.Model:
    model = apps.get_model(label)
    rows = model._default_manager.filter(**AMONG.get(label, {})).order_by("pk")
    return rows.first() or make(label, 0)


def make(label: str, number: int, **own: Any) -> models.Model:
    """A record with every field filled that has to be; `own` are values that are given."""
    model, given = apps.get_model(label), GIVEN.get(label, {})
    values = {
        field.name: _given(field, given[field.name]) if field.name in given else _filling(field, number)
        for field in model._meta.local_fields
        if field.name not in own and (field.name in given or _is_needed(field))
    }
    return model._default_manager.create(**values, **own)


def _given(field: models.Field[Any, Any], value: Any) -> Any:
    return first(value) if field.is_relation else value


def _is_needed(field: models.Field[Any, Any]) -> bool:
    fills_itself = isinstance(field, models.AutoField) or getattr(field, "auto_now_add", False)
    return not (field.has_default() or field.null or fills_itself)


def _filling(field: models.Field[Any, Any], number: int) -> Any:
    if field.is_relation:
        return first(field.related_model._meta.label)
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.UUIDField):
        return (
            first("people.Person").pk if field.name in {"person_id", "one_id", "other_id"} else uuid.uuid4()
        )
    if isinstance(field, models.CharField | models.TextField):
        text = f"{field.name}-{number}"
        return text[-field.max_length :] if field.max_length else text
    return _plain(field, number)


def _plain(field: models.Field[Any, Any], number: int) -> Any:
    plain: dict[type, Any] = {
        models.DateTimeField: SYSTEM.now() - dt.timedelta(minutes=number),
        models.DateField: SYSTEM.now().date(),
        models.BooleanField: False,
        models.BinaryField: b"{}",
        ArrayField: [],
        models.JSONField: {},
        models.FileField: "sample",
    }
    return next((value for kind, value in plain.items() if isinstance(field, kind)), number + 1)
