import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models

from rapport.segments.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('people', '0001_initial'),
        ('transfers', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recheck',
            fields=[
                ('person_id', models.UUIDField(primary_key=True, serialize=False)),
                ('due_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'db_table': 'segments_recheck',
            },
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('description', models.TextField(blank=True, default='')),
                ('tone', models.CharField(blank=True, default='', max_length=16)),
                ('rule', models.JSONField()),
                ('position', models.IntegerField()),
            ],
            options={
                'ordering': ['position', 'key'],
            },
        ),
        migrations.CreateModel(
            name='UnplannedRecheck',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('people', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('segments', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Lifecycle',
            fields=[
                ('version', models.IntegerField(default=1)),
                ('requested_at', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('computed_at', models.DateTimeField(blank=True, null=True)),
                ('computed_version', models.IntegerField(default=0)),
                ('took_ms', models.IntegerField(default=0)),
                ('problem', models.TextField(blank=True, default='')),
                ('total', models.IntegerField(default=0)),
                ('last_change_set', models.BigIntegerField(default=0)),
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('only', models.BooleanField(default=True, unique=True)),
                ('moves_with_time', models.BooleanField(default=False)),
                ('started_by', models.CharField(blank=True, default='', max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
            options={
                'verbose_name_plural': 'lifecycles',
            },
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('version', models.IntegerField(default=1)),
                ('requested_at', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('computed_at', models.DateTimeField(blank=True, null=True)),
                ('computed_version', models.IntegerField(default=0)),
                ('took_ms', models.IntegerField(default=0)),
                ('problem', models.TextField(blank=True, default='')),
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True, default='')),
                ('kind', models.CharField(choices=[('rules', 'By rules'), ('list', 'By hand')], default='rules', max_length=8)),
                ('folder', models.CharField(blank=True, default='', max_length=80)),
                ('definition', models.JSONField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('size', models.IntegerField(default=0)),
                ('first_requested_at', models.DateTimeField(blank=True, null=True)),
                ('first_computed_at', models.DateTimeField(blank=True, null=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('moves_with_time', models.BooleanField(default=False)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='StageDay',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('stage', models.CharField(max_length=64)),
                ('people', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'stage'), name='segments_stage_day')],
            },
        ),
        migrations.CreateModel(
            name='StaleValue',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('owner', models.UUIDField()),
                ('person_id', models.UUIDField()),
            ],
            options={
                'indexes': [models.Index(fields=['owner', 'id'], name='segments_stale_owner')],
            },
        ),
        migrations.CreateModel(
            name='Sync',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('webhook', 'Webhook'), ('file', 'CSV file')], max_length=8)),
                ('name', models.CharField(max_length=120)),
                ('url', models.CharField(blank=True, default='', max_length=2000)),
                ('secret', models.CharField(blank=True, default='', max_length=100)),
                ('traits', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('every_hours', models.IntegerField(default=24)),
                ('created_at', models.DateTimeField()),
                ('actor_kind', models.CharField(max_length=8)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_label', models.CharField(max_length=254)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('next_at', models.DateTimeField(db_index=True)),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='syncs', to='segments.segment')),
            ],
        ),
        migrations.CreateModel(
            name='SyncMessage',
            fields=[
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.IntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('message_id', models.CharField(max_length=64, unique=True)),
                ('kind', models.CharField(max_length=12)),
                ('entered', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('left', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('part', models.IntegerField(default=1)),
                ('total_parts', models.IntegerField(default=1)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('failed', 'Given up')], default='waiting', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('export', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='transfers.export')),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='segments.sync')),
            ],
            options={
                'verbose_name_plural': 'messages',
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('status', models.IntegerField(null=True)),
                ('milliseconds', models.IntegerField()),
                ('response', models.CharField(blank=True, default='', max_length=500)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='segments.syncmessage')),
            ],
        ),
        migrations.CreateModel(
            name='ComputedTrait',
            fields=[
                ('version', models.IntegerField(default=1)),
                ('requested_at', models.DateTimeField(blank=True, null=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('computed_at', models.DateTimeField(blank=True, null=True)),
                ('computed_version', models.IntegerField(default=0)),
                ('took_ms', models.IntegerField(default=0)),
                ('problem', models.TextField(blank=True, default='')),
                ('total', models.IntegerField(default=0)),
                ('last_change_set', models.BigIntegerField(default=0)),
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True, default='')),
                ('definition', models.JSONField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('statistics', models.JSONField(default=dict)),
                ('covered', models.IntegerField(default=0)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('archived_at', None)), fields=('key',), name='segments_computed_key')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('entered_at', models.DateTimeField()),
                ('definition_version', models.IntegerField()),
                ('person', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='people.person')),
                ('segment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='segments.segment')),
            ],
            options={
                'indexes': [models.Index(fields=['segment', '-entered_at', 'id'], name='segments_member_recent')],
                'constraints': [models.UniqueConstraint(fields=('segment', 'person'), name='segments_membership_unique')],
            },
        ),
        migrations.CreateModel(
            name='LiveDecision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='segments.segment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'person_id'), name='segments_live_unique')],
            },
        ),
        migrations.CreateModel(
            name='ListEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('added_at', models.DateTimeField()),
                ('added_by', models.CharField(max_length=254)),
                ('how', models.CharField(blank=True, default='', max_length=200)),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='segments.segment')),
            ],
            options={
                'indexes': [models.Index(fields=['person_id'], name='segments_entry_person')],
                'constraints': [models.UniqueConstraint(fields=('segment', 'person_id'), name='segments_entry_unique')],
            },
        ),
        migrations.CreateModel(
            name='DefinitionVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.IntegerField()),
                ('definition', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('made_by', models.CharField(blank=True, default='', max_length=254)),
                ('note', models.CharField(blank=True, default='', max_length=200)),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='segments.segment')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('segment', 'version'), name='segments_version_unique')],
            },
        ),
        migrations.CreateModel(
            name='StageChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('stage', models.CharField(max_length=64)),
                ('previous', models.CharField(blank=True, default='', max_length=64)),
                ('since', models.DateTimeField()),
                ('reason', models.CharField(max_length=16)),
                ('version', models.IntegerField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stage_changes', to='people.person')),
            ],
            options={
                'indexes': [models.Index(fields=['person', '-since', '-id'], name='segments_stage_person'), models.Index(fields=['since', 'previous', 'stage'], name='segments_stage_moves')],
            },
        ),
        migrations.CreateModel(
            name='SyncedMember',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='segments.sync')),
            ],
            options={
                'indexes': [models.Index(fields=['person_id'], name='segments_synced_person')],
                'constraints': [models.UniqueConstraint(fields=('sync', 'person_id'), name='segments_synced_unique')],
            },
        ),
        migrations.AddIndex(
            model_name='syncmessage',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['next_attempt_at'], name='segments_message_due'),
        ),
        *_operations.AFTER,
    ]
