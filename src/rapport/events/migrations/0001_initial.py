import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LogPosition',
            fields=[
                ('partition', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('log', models.CharField(default='', max_length=100)),
                ('sequence', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='SeenMessage',
            fields=[
                ('key', models.UUIDField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(choices=[('website', 'Website'), ('app', 'App'), ('server', 'Server'), ('store', 'Shop or till'), ('webhook', 'Webhook'), ('files', 'Files'), ('connector', 'Connector'), ('internal', 'Rapport')], default='server', max_length=12)),
                ('write_key', models.CharField(max_length=64, unique=True)),
                ('allowed_origins', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=254), blank=True, default=list, size=None)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Squashed',
            fields=[
                ('home', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('into', models.UUIDField(db_index=True)),
                ('state', models.CharField(choices=[('moving', 'Moving'), ('done', 'Done'), ('returning', 'Returning')], default='moving', max_length=10)),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('check_again', models.BooleanField(default=False)),
                ('mark', models.BigIntegerField()),
                ('until_block', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='StreamTry',
            fields=[
                ('partition', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('log', models.CharField(default='', max_length=100)),
                ('first', models.BigIntegerField()),
                ('last', models.BigIntegerField()),
                ('tries', models.IntegerField(default=1)),
                ('since', models.DateTimeField()),
                ('alone_to', models.BigIntegerField(db_default=0, default=0)),
                ('event', models.IntegerField(db_default=-1, default=-1)),
                ('event_tries', models.IntegerField(db_default=0, default=0)),
                ('given_up', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[], default=list, size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('call', 'Call'), ('visit', 'Visit'), ('meeting', 'Meeting'), ('note', 'Note')], max_length=8)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='ActivityVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('at', models.DateTimeField()),
                ('direction', models.CharField(blank=True, choices=[('in', 'Inbound'), ('out', 'Outbound')], default='', max_length=3)),
                ('outcome', models.CharField(blank=True, default='', max_length=120)),
                ('minutes', models.IntegerField(blank=True, null=True)),
                ('text', models.TextField(blank=True, default='')),
                ('removed', models.BooleanField(default=False)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_label', models.CharField(max_length=254)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('activity', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='events.activity')),
                ('company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.company')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='EventType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, unique=True)),
                ('description', models.TextField(blank=True, default='')),
                ('category', models.CharField(blank=True, default='', max_length=60)),
                ('state', models.CharField(choices=[('seen', 'Undeclared'), ('declared', 'Declared'), ('deprecated', 'Deprecated')], default='seen', max_length=12)),
                ('sources', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None)),
                ('total', models.BigIntegerField(default=0)),
                ('recent', models.BigIntegerField(default=0)),
                ('sampled', models.BigIntegerField(default=0)),
                ('first_seen_at', models.DateTimeField(blank=True, null=True)),
                ('last_seen_at', models.DateTimeField(blank=True, null=True)),
                ('schema', models.JSONField(blank=True, null=True)),
                ('schema_version', models.IntegerField(default=0)),
                ('mode', models.CharField(choices=[('observe', 'Count violations'), ('quarantine', 'Put violating events into quarantine')], default='observe', max_length=12)),
                ('violations', models.BigIntegerField(default=0)),
                ('renamed_to', models.CharField(blank=True, default='', max_length=200)),
                ('similar_to', models.CharField(blank=True, default='', max_length=200)),
                ('similar_why', models.CharField(blank=True, default='', max_length=20)),
                ('is_its_own', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='EventSchema',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('schema', models.JSONField(blank=True, null=True)),
                ('mode', models.CharField(choices=[('observe', 'Count violations'), ('quarantine', 'Put violating events into quarantine')], max_length=12)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='events.eventtype')),
            ],
        ),
        migrations.CreateModel(
            name='EventProperty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('description', models.TextField(blank=True, default='')),
                ('types', models.JSONField(default=dict)),
                ('seen', models.BigIntegerField(default=0)),
                ('first_seen_at', models.DateTimeField(blank=True, null=True)),
                ('last_seen_at', models.DateTimeField(blank=True, null=True)),
                ('suggested', models.CharField(blank=True, default='', max_length=20)),
                ('personal', models.CharField(blank=True, choices=[('', 'Not decided'), ('yes', 'Personal'), ('no', 'Not personal')], default='', max_length=3)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='properties', to='events.eventtype')),
            ],
        ),
        migrations.CreateModel(
            name='PlanState',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('stamp', models.UUIDField(null=True)),
                ('read_to', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='events_one_plan')],
            },
        ),
        migrations.CreateModel(
            name='QuarantinedEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('stage', models.CharField(choices=[('capture', 'Refused at capture'), ('stream', 'Failed in processing'), ('store', 'Refused by the event store')], max_length=8)),
                ('reason', models.TextField()),
                ('payload', models.BinaryField()),
                ('message_id', models.CharField(blank=True, default='', max_length=100)),
                ('person_id', models.UUIDField(blank=True, null=True)),
                ('replayed_at', models.DateTimeField(blank=True, null=True)),
                ('discarded_at', models.DateTimeField(blank=True, null=True)),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='events.source')),
            ],
        ),
        migrations.CreateModel(
            name='LogBatch',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('partition', models.SmallIntegerField(default=0)),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('events', models.IntegerField()),
                ('payload', models.BinaryField()),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='events.source')),
            ],
            options={
                'verbose_name_plural': 'log batches',
            },
        ),
        migrations.CreateModel(
            name='SourcePlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('blocks_undeclared', models.BooleanField(default=False)),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='plan', to='events.source')),
            ],
        ),
        migrations.CreateModel(
            name='Violation',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('source', models.CharField(max_length=120)),
                ('property', models.CharField(blank=True, max_length=200)),
                ('reason', models.CharField(max_length=200)),
                ('count', models.IntegerField()),
                ('last_at', models.DateTimeField()),
                ('message_id', models.CharField(max_length=100)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='events.eventtype')),
            ],
        ),
        migrations.AddIndex(
            model_name='activity',
            index=models.Index(fields=['person', '-created_at'], name='events_activity_person'),
        ),
        migrations.AddConstraint(
            model_name='activityversion',
            constraint=models.UniqueConstraint(fields=('activity', 'number'), name='events_activity_version'),
        ),
        migrations.AddIndex(
            model_name='eventtype',
            index=models.Index(fields=['-recent', 'id'], name='events_type_recent'),
        ),
        migrations.AddIndex(
            model_name='eventtype',
            index=models.Index(fields=['-total', 'id'], name='events_type_total'),
        ),
        migrations.AddIndex(
            model_name='eventtype',
            index=models.Index(fields=['-violations', 'id'], name='events_type_violations'),
        ),
        migrations.AddConstraint(
            model_name='eventschema',
            constraint=models.UniqueConstraint(fields=('event', 'version'), name='events_schema_unique'),
        ),
        migrations.AddIndex(
            model_name='eventproperty',
            index=models.Index(fields=['personal'], name='events_property_personal'),
        ),
        migrations.AddConstraint(
            model_name='eventproperty',
            constraint=models.UniqueConstraint(fields=('event', 'name'), name='events_property_unique'),
        ),
        migrations.AddIndex(
            model_name='logbatch',
            index=models.Index(fields=['partition', 'id'], name='events_log_partition'),
        ),
        migrations.AddIndex(
            model_name='violation',
            index=models.Index(fields=['event', 'day'], name='events_violation_day'),
        ),
    ]
