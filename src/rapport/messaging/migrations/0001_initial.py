import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('content', '0001_initial'),
        ('governance', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
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
            name='EarlierDelivery',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('send', models.CharField(max_length=160)),
                ('person_id', models.UUIDField(blank=True, null=True)),
                ('address_hash', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name_plural': 'earlier deliveries',
                'indexes': [models.Index(fields=['send', 'person_id'], name='messaging_earlier_person')],
                'constraints': [models.UniqueConstraint(fields=('send', 'address_hash'), name='messaging_earlier_unique')],
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
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='deliveries', to='people.person')),
                ('send', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='messaging.send')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
            },
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
            name='Engagement',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('open', 'Opened'), ('click', 'Clicked'), ('unsubscribe', 'Unsubscribed')], max_length=12)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('times', models.IntegerField(default=1)),
                ('human_probability', models.FloatField(default=1.0)),
                ('human_reason', models.CharField(blank=True, default='', max_length=64)),
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
        migrations.AddIndex(
            model_name='send',
            index=models.Index(condition=models.Q(('completed_at', None)), fields=['channel', 'send_at'], name='messaging_send_live'),
        ),
        migrations.AddConstraint(
            model_name='send',
            constraint=models.UniqueConstraint(fields=('origin', 'origin_id', 'template_version', 'channel'), name='messaging_send_unique'),
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
    ]
