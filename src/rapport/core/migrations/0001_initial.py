import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from rapport.core.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('is_active', models.BooleanField(default=True)),
                ('theme', models.CharField(default='system', max_length=8)),
                ('preferences', models.JSONField(blank=True, default=dict)),
                ('locale', models.CharField(default='en-gb', max_length=16)),
                ('time_zone', models.CharField(blank=True, max_length=64)),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Incarnation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('token', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('origin', models.CharField(choices=[('first', 'First start'), ('restored', 'Restored from a backup'), ('copied', 'A copy, started in another place'), ('older', 'An older state of the data'), ('rewound', 'The database was restored'), ('replaced', 'Another copy took over'), ('mail', 'Mail that these data do not know came back')], max_length=12)),
                ('detail', models.JSONField(default=dict)),
                ('cluster', models.CharField(blank=True, default='', max_length=80)),
                ('place', models.CharField(blank=True, default='', max_length=1024)),
                ('began_at', models.DateTimeField()),
                ('silent', models.BooleanField(default=False)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.CharField(blank=True, default='', max_length=254)),
                ('decision', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='JournalLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('payload', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='OutboxEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('payload', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='SpoolBlock',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('table', models.CharField(max_length=32)),
                ('rows', models.IntegerField()),
                ('payload', models.BinaryField()),
                ('token', models.UUIDField()),
                ('sealed', models.BooleanField(db_default=False, default=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('prefix', models.CharField(max_length=12)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('grants', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor_kind', models.CharField(max_length=16)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_label', models.CharField(max_length=254)),
                ('action', models.CharField(max_length=64)),
                ('object_type', models.CharField(max_length=64)),
                ('object_id', models.CharField(max_length=64)),
                ('data', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['object_type', 'object_id', '-id'], name='core_audit_object'), models.Index(fields=['-at'], name='core_audit_at')],
            },
        ),
        migrations.CreateModel(
            name='IdempotentRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=80)),
                ('key', models.CharField(max_length=255)),
                ('fingerprint', models.CharField(max_length=64)),
                ('status', models.SmallIntegerField(null=True)),
                ('body', models.BinaryField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('actor', 'key'), name='core_idempotent_unique')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.IntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=64)),
                ('payload', models.JSONField(default=dict)),
                ('unique_key', models.CharField(blank=True, default='', max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('stage', models.CharField(blank=True, default='', max_length=60)),
                ('done', models.BigIntegerField(default=0)),
                ('total', models.BigIntegerField(default=0)),
                ('furthest', models.BigIntegerField(default=0)),
                ('result', models.JSONField(default=dict)),
                ('actor_kind', models.CharField(max_length=8)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_label', models.CharField(max_length=254)),
                ('cancel_requested_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'running'))), fields=['kind', 'next_attempt_at'], name='core_job_due'), models.Index(fields=['kind', '-created_at'], name='core_job_newest'), models.Index(fields=['-created_at', 'id'], name='core_job_recent')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('waiting', 'running')), models.Q(('unique_key', ''), _negated=True)), fields=('unique_key',), name='core_job_unique')],
            },
        ),
        migrations.CreateModel(
            name='BulkChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('list_name', models.CharField(max_length=64)),
                ('edit', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('running', 'Running'), ('done', 'Done'), ('stopped', 'Stopped'), ('undoing', 'Undoing'), ('undone', 'Undone')], default='draft', max_length=10)),
                ('what', models.JSONField(default=dict)),
                ('origin', models.CharField(default='', max_length=4000)),
                ('total', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='OwnerChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('records', models.JSONField()),
                ('assigned', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('chosen', 'Chosen'), ('done', 'Done'), ('undone', 'Undone')], default='chosen', max_length=8)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('key', models.SlugField(max_length=60, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('description', models.CharField(blank=True, max_length=254)),
                ('built_in', models.BooleanField(default=False)),
                ('grants', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='core_role_name_unique')],
            },
        ),
        migrations.AddField(
            model_name='user',
            name='roles',
            field=models.ManyToManyField(blank=True, related_name='users', to='core.role'),
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('description', models.CharField(blank=True, max_length=254)),
            ],
            options={
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='core_team_name_unique')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=80)),
                ('query', models.CharField(max_length=2000)),
                ('shared', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='core.team')),
            ],
        ),
        migrations.AddField(
            model_name='user',
            name='teams',
            field=models.ManyToManyField(blank=True, related_name='members', to='core.team'),
        ),
        migrations.CreateModel(
            name='Workspace',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('name', models.CharField(default='My business', max_length=120)),
                ('time_zone', models.CharField(default='Europe/London', max_length=64)),
                ('country', models.CharField(default='GB', max_length=2)),
                ('currency', models.CharField(default='GBP', max_length=3)),
                ('postal_address', models.CharField(blank=True, max_length=254)),
                ('privacy_url', models.URLField(blank=True, default='')),
                ('unowned_for_all', models.BooleanField(default=True)),
                ('brand_color', models.CharField(blank=True, default='', max_length=7)),
                ('logo', models.BinaryField(blank=True, default=b'')),
                ('logo_type', models.CharField(blank=True, default='', max_length=20)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='core_workspace_one_row')],
            },
        ),
        migrations.CreateModel(
            name='BulkChangeItem',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=64)),
                ('is_done', models.BooleanField(default=False)),
                ('before', models.JSONField(null=True)),
                ('change', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='core.bulkchange')),
            ],
            options={
                'indexes': [models.Index(fields=['change', 'is_done', 'id'], name='core_bulkitem_next'), models.Index(fields=['key'], name='core_bulkitem_key')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=40)),
                ('record', models.UUIDField()),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(null=True)),
                ('resolved_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolved_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('thread', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='core.comment')),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'record', 'created_at'], name='core_comment_record')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=60)),
                ('params', models.JSONField(default=dict)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('key', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('read_at', models.DateTimeField(null=True)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', '-created_at'], name='core_notice_user'), models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='core_notice_unread'), models.Index(fields=['created_at'], name='core_notice_created')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('user', 'key'), name='core_notice_key')],
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stream', models.UUIDField()),
                ('topic', models.CharField(max_length=120)),
                ('is_editing', models.BooleanField(default=False)),
                ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['topic', 'seen_at'], name='core_presence_topic'), models.Index(fields=['seen_at'], name='core_presence_seen')],
                'constraints': [models.UniqueConstraint(fields=('stream', 'topic'), name='core_presence_stream')],
            },
        ),
        migrations.CreateModel(
            name='DefaultView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(max_length=64)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('view', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='core.savedview')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'list_name'), name='core_default_view_unique')],
            },
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('user', 'list_name', 'name'), name='core_view_unique'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='core_user_email_unique'),
        ),
        *_operations.AFTER,
    ]
