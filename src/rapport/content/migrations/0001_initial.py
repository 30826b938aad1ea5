import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='OnSiteMessage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('format', models.CharField(choices=[('banner', 'Banner'), ('modal', 'Dialog'), ('slot', 'Element of the page')], default='banner', max_length=8)),
                ('place', models.CharField(choices=[('top', 'Top'), ('bottom', 'Bottom')], default='bottom', max_length=8)),
                ('slot', models.CharField(blank=True, default='', max_length=120)),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True, default='')),
                ('image', models.CharField(blank=True, default='', max_length=1000)),
                ('url', models.CharField(blank=True, default='', max_length=1000)),
                ('label', models.CharField(blank=True, default='', max_length=60)),
                ('color', models.CharField(blank=True, default='', max_length=7)),
                ('segment', models.CharField(blank=True, default='', max_length=120)),
                ('pages', models.TextField(blank=True, default='')),
                ('priority', models.SmallIntegerField(default=0)),
                ('most_times', models.PositiveSmallIntegerField(default=3)),
                ('pause_hours', models.PositiveSmallIntegerField(default=24)),
                ('starts_at', models.DateTimeField(blank=True, null=True)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('live_at', models.DateTimeField(blank=True, null=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=254)),
                ('updated_at', models.DateTimeField()),
                ('shown', models.PositiveIntegerField(default=0)),
                ('clicked', models.PositiveIntegerField(default=0)),
                ('dismissed', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('channel', models.CharField(default='email', max_length=32)),
                ('fields', models.JSONField(default=dict)),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('translations', models.JSONField(blank=True, default=dict)),
                ('is_inline', models.BooleanField(default=False)),
                ('subject', models.CharField(max_length=254)),
                ('preheader', models.CharField(blank=True, default='', max_length=254)),
                ('mjml', models.TextField()),
                ('text', models.TextField(blank=True, default='')),
                ('version', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='WebForm',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('definition', models.JSONField(default=dict)),
                ('translations', models.JSONField(blank=True, default=dict)),
                ('version', models.PositiveIntegerField(default=0)),
                ('views', models.PositiveBigIntegerField(default=0)),
                ('live_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=254)),
                ('updated_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.IntegerField()),
                ('subject', models.CharField(max_length=254)),
                ('preheader', models.CharField(blank=True, default='', max_length=254)),
                ('mjml', models.TextField()),
                ('text', models.TextField(blank=True, default='')),
                ('fields', models.JSONField(default=dict)),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('translations', models.JSONField(blank=True, default=dict)),
                ('translated', models.JSONField(blank=True, default=dict)),
                ('compiled', models.JSONField(default=dict)),
                ('html', models.TextField()),
                ('plain', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='content.template')),
            ],
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.SmallIntegerField()),
                ('url', models.TextField()),
                ('template_version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='content.templateversion')),
            ],
        ),
        migrations.CreateModel(
            name='FormSubmission',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('state', models.CharField(choices=[('accepted', 'Accepted'), ('spam', 'Spam')], max_length=8)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), blank=True, default=list, size=None)),
                ('anonymous_id', models.CharField(max_length=200)),
                ('email', models.CharField(blank=True, default='', max_length=254)),
                ('values', models.JSONField(default=dict)),
                ('consents', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('page', models.CharField(blank=True, default='', max_length=1000)),
                ('campaign', models.JSONField(blank=True, default=dict)),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='form_submissions', to='people.person')),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='content.webform')),
            ],
        ),
        migrations.CreateModel(
            name='WebFormVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('definition', models.JSONField(default=dict)),
                ('translations', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField()),
                ('created_by', models.CharField(max_length=254)),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='content.webform')),
            ],
        ),
        migrations.CreateModel(
            name='OnSiteExposure',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('shown', models.PositiveIntegerField(default=0)),
                ('shown_at', models.DateTimeField(blank=True, null=True)),
                ('clicked_at', models.DateTimeField(blank=True, null=True)),
                ('dismissed_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='on_site_exposures', to='people.person')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exposures', to='content.onsitemessage')),
            ],
            options={
                'indexes': [models.Index(fields=['person'], name='content_exposure_person')],
                'constraints': [models.UniqueConstraint(fields=('message', 'person'), name='content_exposure_unique')],
            },
        ),
        migrations.AddConstraint(
            model_name='templateversion',
            constraint=models.UniqueConstraint(fields=('template', 'version'), name='content_version_unique'),
        ),
        migrations.AddConstraint(
            model_name='link',
            constraint=models.UniqueConstraint(fields=('template_version', 'position'), name='content_link_unique'),
        ),
        migrations.AddIndex(
            model_name='formsubmission',
            index=models.Index(fields=['form', '-at'], name='content_submission_form'),
        ),
        migrations.AddIndex(
            model_name='formsubmission',
            index=models.Index(fields=['person'], name='content_submission_person'),
        ),
        migrations.AddConstraint(
            model_name='webformversion',
            constraint=models.UniqueConstraint(fields=('form', 'version'), name='content_form_version_unique'),
        ),
    ]
