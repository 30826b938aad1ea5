import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Experiment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('about', models.CharField(choices=[('subject', 'Subject line'), ('content', 'Content'), ('sender', 'Sender'), ('offer', 'Offer'), ('time', 'Time'), ('channel', 'Channel'), ('page', 'Page')], max_length=8)),
                ('subject', models.CharField(blank=True, default='', max_length=20)),
                ('subject_id', models.CharField(blank=True, default='', max_length=40)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('running', 'Running'), ('decided', 'Decided'), ('stopped', 'Stopped')], default='draft', max_length=8)),
                ('salt', models.UUIDField(default=uuid.uuid4)),
                ('event', models.CharField(max_length=200)),
                ('value_property', models.CharField(blank=True, default='', max_length=64)),
                ('window_days', models.IntegerField(default=7)),
                ('alpha', models.FloatField(default=0.05)),
                ('effect', models.FloatField(default=0.1)),
                ('planned', models.IntegerField()),
                ('decision', models.CharField(choices=[('hand', 'By hand'), ('auto', 'Automatically, as soon as a winner is certain')], default='hand', max_length=4)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('counted_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='GlobalHoldout',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('share', models.IntegerField(default=0)),
                ('salt', models.UUIDField(default=uuid.uuid4)),
                ('since', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='experiments_one_global_holdout'), models.CheckConstraint(condition=models.Q(('share__gte', 0), ('share__lte', 5000)), name='experiments_holdout_share')],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('weight', models.IntegerField(default=1)),
                ('is_holdout', models.BooleanField(default=False)),
                ('reference', models.CharField(blank=True, default='', max_length=64)),
                ('persons', models.BigIntegerField(default=0)),
                ('total', models.FloatField(default=0)),
                ('squares', models.FloatField(default=0)),
                ('experiment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='experiments.experiment')),
            ],
        ),
        migrations.CreateModel(
            name='Exposure',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit', models.CharField(max_length=254)),
                ('at', models.DateTimeField()),
                ('experiment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='exposures', to='experiments.experiment')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('variant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='experiments.variant')),
            ],
        ),
        migrations.AddField(
            model_name='experiment',
            name='winner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='experiments.variant'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.UniqueConstraint(fields=('experiment', 'key'), name='experiments_variant_key'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.UniqueConstraint(condition=models.Q(('is_holdout', True)), fields=('experiment',), name='experiments_one_holdout'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.CheckConstraint(condition=models.Q(('weight__gte', 0)), name='experiments_weight'),
        ),
        migrations.AddIndex(
            model_name='exposure',
            index=models.Index(fields=['experiment', 'person', 'at'], name='experiments_exposure_person'),
        ),
        migrations.AddConstraint(
            model_name='exposure',
            constraint=models.UniqueConstraint(fields=('experiment', 'unit'), name='experiments_exposure_unit'),
        ),
        migrations.AddIndex(
            model_name='experiment',
            index=models.Index(fields=['-created_at', 'id'], name='experiments_recent'),
        ),
        migrations.AddIndex(
            model_name='experiment',
            index=models.Index(fields=['subject', 'subject_id'], name='experiments_subject'),
        ),
        migrations.AddConstraint(
            model_name='experiment',
            constraint=models.CheckConstraint(condition=models.Q(('alpha__gt', 0), ('alpha__lt', 1), ('planned__gt', 0), ('window_days__gt', 0)), name='experiments_plan'),
        ),
    ]
