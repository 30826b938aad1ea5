import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('channel', models.CharField(default='email', max_length=32)),
                ('fields', models.JSONField(default=dict)),
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
            name='TemplateVersion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.IntegerField()),
                ('subject', models.CharField(max_length=254)),
                ('preheader', models.CharField(blank=True, default='', max_length=254)),
                ('mjml', models.TextField()),
                ('text', models.TextField(blank=True, default='')),
                ('fields', models.JSONField(default=dict)),
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
        migrations.AddConstraint(
            model_name='templateversion',
            constraint=models.UniqueConstraint(fields=('template', 'version'), name='content_version_unique'),
        ),
        migrations.AddConstraint(
            model_name='link',
            constraint=models.UniqueConstraint(fields=('template_version', 'position'), name='content_link_unique'),
        ),
    ]
