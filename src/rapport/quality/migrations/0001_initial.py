import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='MatchPolicy',
            fields=[
                ('kind', models.CharField(choices=[('person', 'People'), ('company', 'Companies')], max_length=10, primary_key=True, serialize=False)),
                ('auto_at', models.FloatField(default=0.95)),
                ('review_at', models.FloatField(default=0.3)),
                ('merges_itself', models.BooleanField(default=False)),
                ('nightly', models.BooleanField(default=True)),
                ('nightly_hour', models.PositiveSmallIntegerField(default=2)),
                ('parameters', models.JSONField(blank=True, null=True)),
                ('learned_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'match policies',
            },
        ),
        migrations.CreateModel(
            name='MatchSample',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('person', 'People'), ('company', 'Companies')], max_length=10)),
                ('drawn_at', models.DateTimeField()),
                ('drawn_by', models.CharField(max_length=254)),
                ('bands', models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name='MatchRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('person', 'People'), ('company', 'Companies')], max_length=10)),
                ('outcome', models.CharField(blank=True, choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='', max_length=10)),
                ('since', models.DateTimeField(blank=True, null=True)),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.CharField(max_length=254)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, default='', max_length=500)),
                ('auto_at', models.FloatField()),
                ('review_at', models.FloatField()),
                ('merges_itself', models.BooleanField()),
                ('records', models.IntegerField(default=0)),
                ('pairs', models.IntegerField(default=0)),
                ('proposed', models.IntegerField(default=0)),
                ('merged', models.IntegerField(default=0)),
                ('held_back', models.IntegerField(default=0)),
                ('skipped_blocks', models.IntegerField(default=0)),
                ('parameters', models.JSONField(default=dict)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='MatchCandidate',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('person', 'People'), ('company', 'Companies')], max_length=10)),
                ('one_id', models.UUIDField()),
                ('other_id', models.UUIDField(db_index=True)),
                ('probability', models.FloatField()),
                ('weight', models.FloatField()),
                ('evidence', models.JSONField(default=list)),
                ('held_back', models.BooleanField(default=False)),
                ('contradicts', models.BooleanField(default=False)),
                ('found_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='candidates', to='quality.matchrun')),
            ],
        ),
        migrations.CreateModel(
            name='QualityPolicy',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('traits', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                ('weights', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='quality_qualitypolicy_one_row')],
            },
        ),
        migrations.CreateModel(
            name='QualityRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='running', max_length=8)),
                ('requested_by', models.CharField(max_length=254)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('after', models.UUIDField(null=True)),
                ('domains', models.JSONField(default=dict)),
                ('tally', models.JSONField(default=dict)),
                ('detail', models.JSONField(default=dict)),
                ('findings_kept', models.JSONField(default=dict)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='QualityFinding',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('measure', models.CharField(max_length=160)),
                ('trait', models.CharField(blank=True, max_length=100)),
                ('value', models.CharField(blank=True, max_length=300)),
                ('proposal', models.CharField(blank=True, max_length=300)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.person')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='quality.qualityrun')),
            ],
        ),
        migrations.CreateModel(
            name='QualitySnapshot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('measure', models.CharField(max_length=160)),
                ('dimension', models.CharField(max_length=16)),
                ('good', models.PositiveIntegerField()),
                ('total', models.PositiveIntegerField()),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'measure'), name='quality_qualitysnapshot_unique')],
            },
        ),
        migrations.CreateModel(
            name='RepairRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('repair', models.CharField(max_length=32)),
                ('state', models.CharField(choices=[('looking', 'Searching'), ('preview', 'Ready for review'), ('applying', 'Running'), ('done', 'Done'), ('stopped', 'Cancelled'), ('undoing', 'Being undone'), ('undone', 'Undone'), ('discarded', 'Discarded')], default='looking', max_length=10)),
                ('domains', models.JSONField(default=dict)),
                ('after', models.UUIDField(null=True)),
                ('message_id', models.UUIDField()),
                ('made_by', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RepairItem',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('trait', models.CharField(max_length=100)),
                ('before', models.JSONField()),
                ('after', models.JSONField(null=True)),
                ('shown_before', models.CharField(max_length=500)),
                ('shown_after', models.CharField(blank=True, max_length=500)),
                ('state', models.CharField(choices=[('proposed', 'To change'), ('excluded', 'Excluded'), ('applied', 'Changed'), ('skipped', 'Skipped'), ('undone', 'Undone')], default='proposed', max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('linked', models.BooleanField(default=False)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.person')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='quality.repairrun')),
            ],
        ),
        migrations.CreateModel(
            name='MatchDecision',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('verdict', models.CharField(choices=[('merged', 'Merged'), ('apart', 'Not the same'), ('later', 'Skipped')], max_length=8)),
                ('probability', models.FloatField()),
                ('automatic', models.BooleanField(default=False)),
                ('survivor_id', models.UUIDField(blank=True, null=True)),
                ('merge_id', models.BigIntegerField(blank=True, null=True)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.CharField(max_length=254)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone_by', models.CharField(blank=True, default='', max_length=254)),
                ('candidate', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='quality.matchcandidate')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('candidate',), name='quality_matchdecision_one')],
            },
        ),
        migrations.AddConstraint(
            model_name='matchrun',
            constraint=models.UniqueConstraint(condition=models.Q(('outcome', '')), fields=('kind',), name='quality_matchrun_one_open'),
        ),
        migrations.AddIndex(
            model_name='matchcandidate',
            index=models.Index(fields=['kind', '-probability', 'id'], name='quality_match_queue'),
        ),
        migrations.AddConstraint(
            model_name='matchcandidate',
            constraint=models.UniqueConstraint(fields=('one_id', 'other_id'), name='quality_matchcandidate_unique'),
        ),
        migrations.AddConstraint(
            model_name='qualityrun',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('state',), name='quality_one_quality_run'),
        ),
        migrations.AddIndex(
            model_name='qualityfinding',
            index=models.Index(fields=['run', 'measure', 'id'], name='quality_finding_by_measure'),
        ),
        migrations.AddIndex(
            model_name='repairitem',
            index=models.Index(fields=['run', 'state', 'id'], name='quality_repairitem_next'),
        ),
        migrations.AddIndex(
            model_name='repairitem',
            index=models.Index(condition=models.Q(('state', 'excluded')), fields=['person', 'trait'], name='quality_repairitem_excluded'),
        ),
        migrations.AddConstraint(
            model_name='repairitem',
            constraint=models.UniqueConstraint(fields=('run', 'person', 'trait'), name='quality_repairitem_unique'),
        ),
    ]
