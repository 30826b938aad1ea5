import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('people', '0001_initial'),
        ('segments', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Journey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('journey', 'Journey'), ('rule', 'Rule')], default='journey', max_length=7)),
                ('name', models.CharField(max_length=120)),
                ('draft', models.JSONField(default=dict)),
                ('revision', models.IntegerField(default=1)),
                ('quiet_days', models.IntegerField(default=7)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name='HeardEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('shard', models.SmallIntegerField()),
                ('key', models.CharField(max_length=64)),
                ('event', models.CharField(max_length=200)),
                ('person', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('properties', models.BinaryField()),
                ('is_public', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['shard', 'id'], name='journeys_heard')],
            },
        ),
        migrations.CreateModel(
            name='Timetable',
            fields=[
                ('journey', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='timetable', serialize=False, to='journeys.journey')),
                ('looked_until', models.DateTimeField()),
                ('due_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='JourneyVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('definition', models.JSONField()),
                ('published_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('published_by', models.CharField(max_length=254)),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='journeys.journey')),
            ],
        ),
        migrations.AddField(
            model_name='journey',
            name='live',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='journeys.journeyversion'),
        ),
        migrations.CreateModel(
            name='Intake',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.CharField(blank=True, default='', max_length=200)),
                ('per_hour', models.IntegerField(blank=True, null=True)),
                ('after', models.BigIntegerField(default=0)),
                ('looked_at', models.IntegerField(default=0)),
                ('entered', models.IntegerField(default=0)),
                ('state', models.CharField(choices=[('running', 'Running'), ('ended', 'Ended'), ('stopped', 'Stopped')], default='running', max_length=7)),
                ('due_at', models.DateTimeField()),
                ('started_at', models.DateTimeField()),
                ('started_by', models.CharField(max_length=254)),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='segments.segment')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='intakes', to='journeys.journey')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='journeys.journeyversion')),
            ],
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(blank=True, default='', max_length=200)),
                ('step', models.CharField(max_length=40)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('awaited', models.CharField(blank=True, default='', max_length=200)),
                ('is_waiting', models.BooleanField(default=False)),
                ('is_bulk', models.BooleanField(default=False)),
                ('data', models.JSONField(default=dict)),
                ('moves', models.IntegerField(default=0)),
                ('entered_at', models.DateTimeField()),
                ('moved_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('completed', 'Went to the end'), ('goal', 'Reached the goal'), ('exit', 'Left by a rule'), ('outside', 'No longer in the audience'), ('removed', 'Taken out by hand'), ('late', 'Too late to go on'), ('merged', 'Was on it twice after a merge'), ('endless', 'Went round without end'), ('holdout', 'Held back, so that the effect shows')], default='', max_length=9)),
                ('attempts', models.IntegerField(default=0)),
                ('error', models.CharField(blank=True, default='', max_length=500)),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('journey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='enrolments', to='journeys.journey')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='journeys.journeyversion')),
            ],
        ),
        migrations.CreateModel(
            name='ListenedEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event', models.CharField(db_index=True, max_length=200)),
                ('role', models.CharField(choices=[('entry', 'Enters'), ('goal', 'Reaches the goal'), ('exit', 'Leaves'), ('step', 'Goes on')], max_length=5)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='listened', to='journeys.journeyversion')),
            ],
        ),
        migrations.CreateModel(
            name='Passage',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=40)),
                ('branch', models.CharField(blank=True, default='', max_length=40)),
                ('at', models.DateTimeField()),
                ('because', models.JSONField(default=dict)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='passages', to='journeys.enrolment')),
            ],
        ),
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('version', models.IntegerField(null=True)),
                ('definition', models.JSONField()),
                ('against', models.JSONField(null=True)),
                ('against_version', models.IntegerField(null=True)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('result', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=254)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
                ('journey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='replays', to='journeys.journey')),
            ],
        ),
        migrations.CreateModel(
            name='ReplaySample',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('why', models.CharField(choices=[('entered', 'Would have entered'), ('refused', 'Would have been kept out'), ('differs', 'Would have fared otherwise')], max_length=8)),
                ('data', models.JSONField(default=dict)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('replay', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='samples', to='journeys.replay')),
            ],
        ),
        migrations.CreateModel(
            name='StepAnswer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('moves', models.IntegerField()),
                ('branch', models.CharField(max_length=40)),
                ('answer', models.JSONField(blank=True, null=True)),
                ('because', models.JSONField(default=dict)),
                ('enrolment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='journeys.enrolment')),
            ],
        ),
        migrations.CreateModel(
            name='StepStanding',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=40)),
                ('change', models.IntegerField()),
                ('journey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='journeys.journey')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='journeys.journeyversion')),
            ],
        ),
        migrations.CreateModel(
            name='StepTally',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('outcome', models.CharField(blank=True, default='', max_length=9)),
                ('step', models.CharField(blank=True, default='', max_length=40)),
                ('branch', models.CharField(blank=True, default='', max_length=40)),
                ('bucket', models.SmallIntegerField(default=0)),
                ('count', models.IntegerField()),
                ('seconds', models.BigIntegerField(default=0)),
                ('journey', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='journeys.journey')),
            ],
        ),
        migrations.CreateModel(
            name='ChoiceArm',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('step', models.CharField(max_length=40)),
                ('option', models.CharField(max_length=40)),
                ('chosen', models.IntegerField(default=0)),
                ('won', models.IntegerField(default=0)),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='arms', to='journeys.journey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('journey', 'step', 'option'), name='journeys_arm_once')],
            },
        ),
        migrations.CreateModel(
            name='JourneyTask',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('notice', 'Notice'), ('task', 'Task'), ('approval', 'Approval')], max_length=8)),
                ('state', models.CharField(choices=[('open', 'Open'), ('done', 'Done'), ('approved', 'Approved'), ('denied', 'Denied'), ('over', 'No longer needed')], default='open', max_length=8)),
                ('title', models.CharField(max_length=200)),
                ('text', models.CharField(blank=True, default='', max_length=2000)),
                ('moves', models.IntegerField(default=0)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ended_by', models.CharField(blank=True, default='', max_length=254)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('enrolment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='journeys.enrolment')),
                ('journey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='journeys.journey')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'indexes': [models.Index(fields=['-created_at', 'id'], name='journeys_task_recent'), models.Index(condition=models.Q(('state', 'open')), fields=['assignee'], name='journeys_task_open'), models.Index(condition=models.Q(('mailed_at', None)), fields=['created_at'], name='journeys_task_mail')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('enrolment__isnull', False)), fields=('enrolment', 'moves', 'assignee'), name='journeys_task_once', nulls_distinct=False)],
            },
        ),
        migrations.AddConstraint(
            model_name='journeyversion',
            constraint=models.UniqueConstraint(fields=('journey', 'number'), name='journeys_version_number'),
        ),
        migrations.AddIndex(
            model_name='journey',
            index=models.Index(fields=['-created_at', 'id'], name='journeys_recent'),
        ),
        migrations.AddIndex(
            model_name='intake',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['due_at'], name='journeys_intake_due'),
        ),
        migrations.AddConstraint(
            model_name='intake',
            constraint=models.UniqueConstraint(fields=('journey', 'segment', 'key'), name='journeys_intake_once'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('due_at__isnull', False), ('ended_at', None)), fields=['journey', 'is_bulk', 'due_at'], name='journeys_due'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['person', 'journey'], name='journeys_person'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['journey', 'step'], name='journeys_standing'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['journey', '-entered_at', 'id'], name='journeys_newest'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(condition=models.Q(('ended_at', None), models.Q(('error', ''), _negated=True)), fields=['journey'], name='journeys_failing'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('journey', 'person', 'key'), name='journeys_live_enrolment'),
        ),
        migrations.AddConstraint(
            model_name='listenedevent',
            constraint=models.UniqueConstraint(fields=('version', 'event', 'role'), name='journeys_listened_once'),
        ),
        migrations.AddIndex(
            model_name='replay',
            index=models.Index(fields=['journey', '-created_at'], name='journeys_replays_newest'),
        ),
        migrations.AddIndex(
            model_name='stepstanding',
            index=models.Index(fields=['journey', 'version', 'step'], name='journeys_standing_sum'),
        ),
        migrations.AddIndex(
            model_name='steptally',
            index=models.Index(fields=['journey', 'day', 'outcome'], name='journeys_tally_day'),
        ),
        migrations.AddIndex(
            model_name='steptally',
            index=models.Index(condition=models.Q(('outcome', ''), _negated=True), fields=['journey', 'outcome'], name='journeys_tally_ends'),
        ),
    ]
