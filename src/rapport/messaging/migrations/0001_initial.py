import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models

from rapport.messaging.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('channels', '0001_initial'),
        ('content', '0001_initial'),
        ('governance', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=16)),
                ('occurrence', models.CharField(blank=True, default='', max_length=64)),
                ('requested_address', models.CharField(blank=True, default='', max_length=254)),
                ('address', models.CharField(blank=True, default='', max_length=254)),
                ('data', models.JSONField(default=dict)),
                ('context', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Being sent'), ('sent', 'Sent'), ('skipped', 'Not sent'), ('failed', 'Failed'), ('uncertain', 'Uncertain')], default='queued', max_length=12)),
                ('reason', models.CharField(blank=True, default='', max_length=64)),
                ('detail', models.TextField(blank=True, default='')),
                ('queued_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('not_before', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.BigIntegerField(default=0)),
                ('handed_over_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('provider_id', models.CharField(blank=True, default='', max_length=254)),
                ('explanation', models.JSONField(default=dict)),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='deliveries', to='people.person')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
        ),
        migrations.CreateModel(
            name='Mailbox',
            fields=[
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.IntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('host', models.CharField(max_length=253)),
                ('port', models.PositiveIntegerField(default=993)),
                ('security', models.CharField(choices=[('tls', 'TLS (port 993)'), ('starttls', 'STARTTLS (port 143)'), ('none', 'Not encrypted (only on a network of your own)')], default='tls', max_length=12)),
                ('username', models.CharField(max_length=254)),
                ('password', models.TextField(blank=True, default='')),
                ('token_url', models.CharField(blank=True, default='', max_length=500)),
                ('client_id', models.CharField(blank=True, default='', max_length=254)),
                ('client_secret', models.TextField(blank=True, default='')),
                ('refresh_token', models.TextField(blank=True, default='')),
                ('folder', models.CharField(default='INBOX', max_length=254)),
                ('takes', models.CharField(choices=[('all', 'Reports and mails of persons'), ('reports', 'Only reports: bounces and complaints')], default='all', max_length=12)),
                ('after', models.CharField(choices=[('seen', 'Mark as read'), ('move', 'Move to another folder'), ('leave', 'Leave as it is')], default='seen', max_length=12)),
                ('move_to', models.CharField(blank=True, default='', max_length=254)),
                ('unsubscribe_address', models.EmailField(blank=True, default='', max_length=254)),
                ('uid_validity', models.BigIntegerField(blank=True, null=True)),
                ('last_uid', models.BigIntegerField(default=0)),
                ('revision', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(max_length=254)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('last_mail_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'mailboxes',
            },
        ),
        migrations.CreateModel(
            name='BlockingRule',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('fact', models.CharField(max_length=64)),
                ('argument', models.CharField(blank=True, default='', max_length=128)),
                ('at_limit', models.CharField(choices=[('drop', 'Is not sent'), ('wait', 'Waits')], default='wait', max_length=8)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(max_length=254)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('fact', 'argument'), name='messaging_blocking_rule_unique')],
            },
        ),
        migrations.CreateModel(
            name='DeliverabilityDay',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('channel', models.CharField(max_length=32)),
                ('provider', models.CharField(blank=True, default='', max_length=253)),
                ('marketing', models.BooleanField()),
                ('offered', models.IntegerField(default=0)),
                ('accepted', models.IntegerField(default=0)),
                ('bounced', models.IntegerField(default=0)),
                ('returned', models.IntegerField(default=0)),
                ('complained', models.IntegerField(default=0)),
                ('opened', models.IntegerField(default=0)),
                ('clicked', models.IntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'channel', 'provider', 'marketing'), name='messaging_deliverability_unique')],
            },
        ),
        migrations.CreateModel(
            name='EarlierDelivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('send', models.CharField(max_length=160)),
                ('person_id', models.UUIDField(blank=True, null=True)),
                ('address_hash', models.CharField(max_length=64)),
                ('occurrence', models.CharField(blank=True, default='', max_length=64)),
            ],
            options={
                'verbose_name_plural': 'earlier deliveries',
                'indexes': [models.Index(fields=['send', 'person_id'], name='messaging_earlier_person')],
                'constraints': [models.UniqueConstraint(fields=('send', 'address_hash', 'occurrence'), name='messaging_earlier_unique')],
            },
        ),
        migrations.CreateModel(
            name='InboundMessage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=32)),
                ('provider_id', models.CharField(max_length=254)),
                ('kind', models.CharField(choices=[('message', 'Message'), ('auto_reply', 'Automatic reply')], default='message', max_length=12)),
                ('address', models.CharField(blank=True, default='', max_length=320)),
                ('answer_to', models.CharField(blank=True, default='', max_length=320)),
                ('earlier', models.JSONField(default=list)),
                ('name', models.CharField(blank=True, default='', max_length=254)),
                ('subject', models.CharField(blank=True, default='', max_length=500)),
                ('text', models.TextField(blank=True, default='')),
                ('attachments', models.JSONField(default=list)),
                ('received_at', models.DateTimeField()),
                ('dismissed_at', models.DateTimeField(blank=True, null=True)),
                ('recorded_at', models.DateTimeField()),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='channels.channelaccount')),
                ('delivery', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replies', to='messaging.delivery')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='people.person')),
                ('mailbox', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='messaging.mailbox')),
            ],
        ),
        migrations.CreateModel(
            name='MessageFile',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('type', models.CharField(max_length=120)),
                ('size', models.BigIntegerField()),
                ('path', models.CharField(max_length=200)),
                ('delivery', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='messaging.delivery')),
                ('inbound', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='files', to='messaging.inboundmessage')),
            ],
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('delivered', 'Delivered'), ('read', 'Read'), ('bounced', 'Bounced'), ('complained', 'Complained')], max_length=12)),
                ('permanent', models.BooleanField(default=False)),
                ('about', models.CharField(blank=True, default='', max_length=12)),
                ('reason', models.CharField(blank=True, default='', max_length=32)),
                ('code', models.CharField(blank=True, default='', max_length=32)),
                ('detail', models.TextField(blank=True, default='')),
                ('address_hash', models.CharField(blank=True, default='', max_length=64)),
                ('at', models.DateTimeField()),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='messaging.delivery')),
            ],
        ),
        migrations.CreateModel(
            name='RestedAddress',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=32)),
                ('address_hash', models.CharField(max_length=64)),
                ('failures', models.IntegerField()),
                ('reason', models.CharField(blank=True, default='', max_length=32)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'rested addresses',
                'constraints': [models.UniqueConstraint(fields=('channel', 'address_hash'), name='messaging_rested_unique')],
            },
        ),
        migrations.CreateModel(
            name='Send',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('origin', models.CharField(max_length=32)),
                ('origin_id', models.CharField(max_length=64)),
                ('channel', models.CharField(max_length=16)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('requested_by', models.CharField(max_length=254)),
                ('send_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('sender_name', models.CharField(blank=True, default='', max_length=120)),
                ('priority', models.SmallIntegerField(default=50)),
                ('yields', models.CharField(choices=[('wait', 'Waits'), ('drop', 'Is dropped')], default='wait', max_length=8)),
                ('sealed_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('cancelled_by', models.CharField(blank=True, default='', max_length=254)),
                ('cancel_reason', models.CharField(blank=True, default='', max_length=254)),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('purpose', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='governance.purpose')),
                ('template_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='content.templateversion')),
            ],
        ),
        migrations.AddField(
            model_name='delivery',
            name='send',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='messaging.send'),
        ),
        migrations.CreateModel(
            name='SendHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('held_by', models.CharField(max_length=254)),
                ('reason', models.TextField(blank=True, default='')),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('released_by', models.CharField(blank=True, default='', max_length=254)),
                ('send', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holds', to='messaging.send')),
            ],
        ),
        migrations.CreateModel(
            name='SendingPolicy',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('quiet_from', models.TimeField(blank=True, null=True)),
                ('quiet_until', models.TimeField(blank=True, null=True)),
                ('legal_hours', models.BooleanField(default=True)),
                ('lateness_hours', models.PositiveIntegerField(default=24)),
                ('spacing_hours', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='messaging_policy_one_row')],
            },
        ),
        migrations.CreateModel(
            name='TrackingRequest',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('open', 'Opened'), ('click', 'Clicked'), ('unsubscribe', 'Unsubscribed'), ('trap', 'Followed the hidden link'), ('probe', 'Probed a link (HEAD)'), ('leave', 'Opened the unsubscribe page')], max_length=12)),
                ('at', models.DateTimeField()),
                ('network', models.CharField(blank=True, default='', max_length=20)),
                ('signs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('number', models.SmallIntegerField(default=0)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tracking_requests', to='messaging.delivery')),
                ('link', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='content.link')),
            ],
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('delivery', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='answer', serialize=False, to='messaging.delivery')),
                ('written_by', models.CharField(max_length=254)),
                ('earlier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followed_by', to='messaging.delivery')),
                ('inbound', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='answers', to='messaging.inboundmessage')),
            ],
        ),
        migrations.CreateModel(
            name='Engagement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('open', 'Opened'), ('click', 'Clicked'), ('unsubscribe', 'Unsubscribed')], max_length=12)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('times', models.IntegerField(default=1)),
                ('human_probability', models.FloatField(default=1.0)),
                ('human_reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None)),
                ('told_human', models.BooleanField(null=True)),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='engagements', to='messaging.delivery')),
                ('link', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='content.link')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('delivery', 'kind', 'link'), name='messaging_engagement_unique', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='FrequencyCap',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(blank=True, default='', max_length=32)),
                ('messages', models.PositiveIntegerField()),
                ('hours', models.PositiveIntegerField()),
                ('at_limit', models.CharField(choices=[('drop', 'Is not sent'), ('wait', 'Waits')], default='drop', max_length=8)),
                ('purpose', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='governance.purpose')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('channel', 'purpose', 'hours'), name='messaging_cap_unique', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='IncomingMail',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('uid_validity', models.BigIntegerField()),
                ('uid', models.BigIntegerField()),
                ('message_id', models.CharField(blank=True, default='', max_length=64)),
                ('kind', models.CharField(blank=True, default='', max_length=12)),
                ('outcome', models.CharField(choices=[('counted', 'Counted'), ('kept', 'Kept as a message'), ('noted', 'Noted only'), ('unverified', 'Not about a message of ours'), ('duplicate', 'Read before'), ('quarantined', 'Could not be read')], max_length=12)),
                ('reason', models.TextField(blank=True, default='')),
                ('address', models.CharField(blank=True, default='', max_length=320)),
                ('size', models.BigIntegerField(default=0)),
                ('received_at', models.DateTimeField()),
                ('read_at', models.DateTimeField()),
                ('filed_at', models.DateTimeField(blank=True, null=True)),
                ('delivery', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='incoming_mails', to='messaging.delivery')),
                ('mailbox', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='messaging.mailbox')),
            ],
            options={
                'indexes': [models.Index(fields=['mailbox', '-read_at'], name='messaging_incomingmail_read'), models.Index(condition=models.Q(('filed_at', None)), fields=['mailbox'], name='messaging_incomingmail_unfiled')],
                'constraints': [models.UniqueConstraint(fields=('mailbox', 'uid_validity', 'uid'), name='messaging_incomingmail_uid'), models.UniqueConstraint(condition=models.Q(models.Q(('outcome__in', ['duplicate', 'quarantined']), _negated=True), models.Q(('message_id', ''), _negated=True)), fields=('mailbox', 'message_id'), name='messaging_incomingmail_message')],
            },
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(fields=['person', '-received_at'], name='messaging_inbound_person'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(fields=['channel', 'address', '-received_at'], name='messaging_inbound_address'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(condition=models.Q(('person', None)), fields=['-received_at', 'id'], name='messaging_inbound_unmatched'),
        ),
        migrations.AddConstraint(
            model_name='inboundmessage',
            constraint=models.UniqueConstraint(fields=('channel', 'account', 'mailbox', 'provider_id'), name='messaging_inbound_unique', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='messagefile',
            constraint=models.CheckConstraint(condition=models.Q(('delivery', None), ('inbound', None), _connector='XOR'), name='messaging_file_of_one_message'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['address_hash', '-at'], name='messaging_receipt_address'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('delivery', 'kind', 'permanent'), name='messaging_receipt_unique'),
        ),
        migrations.AddIndex(
            model_name='send',
            index=models.Index(condition=models.Q(('completed_at', None)), fields=['channel', 'send_at'], name='messaging_send_live'),
        ),
        migrations.AddConstraint(
            model_name='send',
            constraint=models.UniqueConstraint(fields=('origin', 'origin_id', 'template_version', 'channel', 'sender_name'), name='messaging_send_unique'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['send', 'not_before'], name='messaging_delivery_due'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'claimed')), fields=['lease_until'], name='messaging_delivery_leased'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['finished_at'], name='messaging_delivery_day'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['person', '-finished_at'], name='messaging_delivery_person'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('provider_id', ''), _negated=True), fields=['provider_id'], name='messaging_delivery_provider'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['send', 'state'], name='messaging_delivery_state'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'uncertain')), fields=['send'], name='messaging_delivery_uncertain'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('reason', 'policy')), fields=['send'], name='messaging_delivery_policy'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(models.F('send'), models.OrderBy(models.F('finished_at'), descending=True, nulls_last=True), models.F('id'), name='messaging_delivery_finished'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('send', 'person', 'channel', 'occurrence'), name='messaging_delivery_unique'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['claimed', 'sent', 'uncertain']), models.Q(('address', ''), _negated=True)), fields=('send', 'channel', 'address', 'occurrence'), name='messaging_delivery_address'),
        ),
        migrations.AddConstraint(
            model_name='sendhold',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at', None)), fields=('send',), name='messaging_hold_open'),
        ),
        migrations.AddIndex(
            model_name='trackingrequest',
            index=models.Index(fields=['delivery', 'at'], name='messaging_tracking_delivery'),
        ),
        migrations.AddIndex(
            model_name='trackingrequest',
            index=models.Index(condition=models.Q(('network', ''), _negated=True), fields=['network', 'at'], name='messaging_tracking_network'),
        ),
        migrations.AddIndex(
            model_name='trackingrequest',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='messaging_trackingrequest_due'),
        ),
        migrations.AddIndex(
            model_name='trackingrequest',
            index=models.Index(fields=['at'], name='messaging_trackingrequest_at'),
        ),
        *_operations.AFTER,
    ]
