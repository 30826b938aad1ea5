import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('events', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Connector',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('store', models.CharField(max_length=64)),
                ('settings', models.JSONField(default=dict)),
                ('secrets', models.TextField(blank=True, default='')),
                ('details', models.JSONField(default=dict)),
                ('every_minutes', models.IntegerField(default=15)),
                ('created_at', models.DateTimeField()),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('trouble', models.CharField(blank=True, choices=[('', 'None'), ('denied', 'It does not let us in'), ('unreachable', 'It cannot be reached'), ('refused', 'It refuses what we ask'), ('broken', 'It fails')], default='', max_length=12)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('failures', models.IntegerField(default=0)),
                ('rests_until', models.DateTimeField(blank=True, null=True)),
                ('subscribed_at', models.DateTimeField(blank=True, null=True)),
                ('writes', models.JSONField(default=dict)),
                ('rules', models.JSONField(default=dict)),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='connector', to='events.source')),
            ],
        ),
        migrations.CreateModel(
            name='ConnectorHour',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('requests', models.BigIntegerField(default=0)),
                ('failures', models.BigIntegerField(default=0)),
                ('records', models.BigIntegerField(default=0)),
                ('events', models.BigIntegerField(default=0)),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='connectors.connector')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connector', 'at'), name='connectors_hour_once')],
            },
        ),
        migrations.CreateModel(
            name='ConnectorResource',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=40)),
                ('cursor', models.JSONField(blank=True, null=True)),
                ('looks', models.JSONField(blank=True, null=True)),
                ('seen_until', models.DateTimeField(blank=True, null=True)),
                ('began_at', models.DateTimeField(blank=True, null=True)),
                ('backfilled_at', models.DateTimeField(blank=True, null=True)),
                ('records', models.BigIntegerField(default=0)),
                ('total', models.BigIntegerField(blank=True, null=True)),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='resources', to='connectors.connector')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connector', 'key'), name='connectors_resource_once')],
            },
        ),
        migrations.CreateModel(
            name='Difference',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('customer', models.CharField(max_length=200)),
                ('field', models.CharField(max_length=100)),
                ('ours', models.JSONField(null=True)),
                ('theirs', models.JSONField(null=True)),
                ('winner', models.CharField(blank=True, choices=[('', 'Open'), ('ours', 'Ours'), ('theirs', 'Theirs')], default='', max_length=8)),
                ('why', models.CharField(max_length=16)),
                ('by', models.CharField(blank=True, default='', max_length=254)),
                ('at', models.DateTimeField()),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='differences', to='connectors.connector')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('winner', '')), fields=['connector', '-at'], name='connectors_difference_open')],
                'constraints': [models.UniqueConstraint(fields=('connector', 'customer', 'field'), name='connectors_difference_once')],
            },
        ),
        migrations.CreateModel(
            name='Disconnected',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('address', models.CharField(max_length=500)),
                ('store', models.CharField(max_length=64)),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.source')),
            ],
            options={
                'verbose_name_plural': 'disconnected',
                'constraints': [models.UniqueConstraint(fields=('kind', 'address'), name='connectors_disconnected_once')],
            },
        ),
        migrations.CreateModel(
            name='LeftOut',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('resource', models.CharField(max_length=40)),
                ('external_id', models.CharField(max_length=200)),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='left_out', to='connectors.connector')),
            ],
            options={
                'verbose_name_plural': 'left out',
                'constraints': [models.UniqueConstraint(fields=('connector', 'resource', 'external_id'), name='connectors_left_out_once')],
            },
        ),
        migrations.CreateModel(
            name='Outgoing',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('thing', models.CharField(choices=[('customer', 'Customer'), ('coupon', 'Coupon'), ('group', 'Group of codes'), ('note', 'Order note')], max_length=8)),
                ('subject', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'Waits'), ('written', 'Written'), ('equal', 'In step'), ('open', 'Waits for a decision'), ('refused', 'Not written')], default='waiting', max_length=8)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('text', models.TextField(blank=True, default='')),
                ('external_id', models.CharField(blank=True, default='', max_length=200)),
                ('is_urgent', models.BooleanField(default=False)),
                ('tries', models.IntegerField(default=0)),
                ('queued_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('theirs', models.JSONField(default=dict)),
                ('theirs_at', models.DateTimeField(blank=True, null=True)),
                ('base', models.JSONField(default=dict)),
                ('echo', models.CharField(blank=True, default='', max_length=64)),
                ('connector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outgoing', to='connectors.connector')),
            ],
            options={
                'verbose_name_plural': 'outgoing',
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['connector', '-is_urgent', 'due_at'], name='connectors_outgoing_due'), models.Index(fields=['connector', '-done_at'], name='connectors_outgoing_recent')],
                'constraints': [models.UniqueConstraint(fields=('connector', 'thing', 'subject'), name='connectors_outgoing_once')],
            },
        ),
        migrations.CreateModel(
            name='RecordVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('resource', models.CharField(max_length=40)),
                ('external_id', models.CharField(max_length=200)),
                ('changed_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField()),
                ('is_gone', models.BooleanField(default=False)),
                ('connector', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='connectors.connector')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('connector', 'resource', 'external_id'), name='connectors_version_once')],
            },
        ),
    ]
