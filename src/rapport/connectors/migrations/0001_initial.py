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
    ]
