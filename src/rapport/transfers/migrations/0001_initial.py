import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
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
            name='FileFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(choices=[('upload', 'Upload'), ('folder', 'Folder on the server'), ('url', 'Web address')], default='upload', max_length=8)),
                ('address', models.CharField(blank=True, default='', max_length=1000)),
                ('every_minutes', models.IntegerField(blank=True, null=True)),
                ('daily_at', models.TimeField(blank=True, null=True)),
                ('group_by', models.CharField(blank=True, default='', max_length=200)),
                ('mapping', models.JSONField(blank=True, default=dict)),
                ('sample', models.TextField(blank=True, default='')),
                ('mapped_at', models.DateTimeField(blank=True, null=True)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('trouble', models.CharField(blank=True, default='', max_length=500)),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='file_feed', to='events.source')),
            ],
        ),
        migrations.CreateModel(
            name='FileRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=254)),
                ('file', models.CharField(max_length=300)),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Reading'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('position', models.IntegerField(default=0)),
                ('events', models.IntegerField(default=0)),
                ('errors', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('feed', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='transfers.filefeed')),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='FileRowError',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('row', models.IntegerField()),
                ('reason', models.TextField()),
                ('cells', models.JSONField(default=dict)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='row_errors', to='transfers.filerun')),
            ],
        ),
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=254)),
                ('file', models.CharField(blank=True, default='', max_length=254)),
                ('size', models.BigIntegerField(default=0)),
                ('content_hash', models.CharField(max_length=64)),
                ('layout', models.JSONField(default=dict)),
                ('headers', models.JSONField(default=list)),
                ('mapping', models.JSONField(default=dict)),
                ('system', models.CharField(blank=True, default='', max_length=32)),
                ('state', models.CharField(choices=[('mapping', 'Needs mapping'), ('checking', 'Checking'), ('checked', 'Checked'), ('running', 'Running'), ('paused', 'Paused'), ('done', 'Done'), ('cancelled', 'Cancelled'), ('failed', 'Failed'), ('reverting', 'Reverting'), ('reverted', 'Reverted')], default='mapping', max_length=12)),
                ('pausing', models.BooleanField(default=False)),
                ('excluded', models.JSONField(default=list)),
                ('rows', models.BigIntegerField(default=0)),
                ('position', models.BigIntegerField(default=0)),
                ('counts', models.JSONField(default=dict)),
                ('report', models.JSONField(default=dict)),
                ('actor_kind', models.CharField(max_length=8)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_label', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('reverted_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='ImportChunk',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('first_row', models.BigIntegerField()),
                ('last_row', models.BigIntegerField()),
                ('people', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('journal', models.BinaryField()),
                ('problems', models.JSONField(default=list)),
                ('reverted_at', models.DateTimeField(blank=True, null=True)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chunks', to='transfers.import')),
            ],
        ),
        migrations.CreateModel(
            name='ImportMapping',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, default='', max_length=120)),
                ('headers_key', models.CharField(max_length=64)),
                ('mapping', models.JSONField()),
                ('used_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('headers_key', 'name'), name='transfers_importmapping_unique')],
            },
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=64, unique=True)),
                ('signing', models.CharField(choices=[('none', 'None (secret address only)'), ('hmac', 'HMAC-SHA256 in a header'), ('standard', 'Standard Webhooks'), ('stripe', 'Stripe-Signature')], default='none', max_length=10)),
                ('secret', models.TextField(blank=True, default='')),
                ('header', models.CharField(blank=True, default='', max_length=100)),
                ('prefix', models.CharField(blank=True, default='', max_length=40)),
                ('tolerance_seconds', models.IntegerField(default=300)),
                ('per_minute', models.IntegerField(default=600)),
                ('reader', models.CharField(blank=True, default='', max_length=40)),
                ('mapping', models.JSONField(blank=True, default=dict)),
                ('sample', models.TextField(blank=True, default='')),
                ('mapped_at', models.DateTimeField(blank=True, null=True)),
                ('window_start', models.DateTimeField(blank=True, null=True)),
                ('window_count', models.IntegerField(default=0)),
                ('refused_at', models.DateTimeField(blank=True, null=True)),
                ('refused_reason', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='webhook', to='events.source')),
            ],
        ),
        migrations.CreateModel(
            name='Received',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('headers', models.JSONField(default=dict)),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Processed'), ('skipped', 'Condition not met'), ('failed', 'Failed'), ('discarded', 'Discarded')], default='waiting', max_length=10)),
                ('reason', models.TextField(blank=True, default='')),
                ('events', models.IntegerField(default=0)),
                ('identifiers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=1000), blank=True, default=list, size=None)),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='received', to='transfers.webhook')),
            ],
            options={
                'verbose_name_plural': 'received',
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'Excel (XLSX)'), ('parquet', 'Parquet'), ('vcard', 'vCard 4'), ('jsonl', 'JSON lines')], max_length=8)),
                ('scope', models.JSONField()),
                ('columns', models.JSONField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Ready'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], default='waiting', max_length=10)),
                ('rows', models.BigIntegerField(default=0)),
                ('size', models.BigIntegerField(default=0)),
                ('path', models.CharField(blank=True, default='', max_length=254)),
                ('file', models.CharField(blank=True, default='', max_length=254)),
                ('actor_kind', models.CharField(max_length=8)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_label', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
            options={
                'indexes': [models.Index(fields=['-created_at', 'id'], name='transfers_export_recent')],
            },
        ),
        migrations.AddConstraint(
            model_name='filerun',
            constraint=models.UniqueConstraint(fields=('feed', 'digest'), name='transfers_file_once'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['-created_at', 'id'], name='transfers_import_recent'),
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['content_hash'], name='transfers_import_content'),
        ),
        migrations.AddConstraint(
            model_name='importchunk',
            constraint=models.UniqueConstraint(fields=('run', 'first_row'), name='transfers_importchunk_unique'),
        ),
        migrations.AddIndex(
            model_name='received',
            index=models.Index(fields=['webhook', '-id'], name='transfers_received_recent'),
        ),
        migrations.AddIndex(
            model_name='received',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='transfers_received_wait'),
        ),
    ]
