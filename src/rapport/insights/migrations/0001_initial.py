import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='QualityPolicy',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('traits', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                ('weights', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='insights_qualitypolicy_one_row')],
            },
        ),
        migrations.CreateModel(
            name='QualityRun',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done')], default='running', max_length=8)),
                ('asked_by', models.CharField(max_length=254)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('after', models.UUIDField(null=True)),
                ('done', models.PositiveIntegerField(default=0)),
                ('total', models.PositiveIntegerField(default=0)),
                ('domains', models.JSONField(default=dict)),
                ('tally', models.JSONField(default=dict)),
                ('detail', models.JSONField(default=dict)),
                ('found', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('state',), name='insights_one_quality_run')],
            },
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
                'constraints': [models.UniqueConstraint(fields=('day', 'measure'), name='insights_qualitysnapshot_unique')],
            },
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
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='findings', to='insights.qualityrun')),
            ],
            options={
                'indexes': [models.Index(fields=['run', 'measure', 'id'], name='insights_finding_by_measure')],
            },
        ),
    ]
