import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ChannelAccount',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=32)),
                ('adapter', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=120)),
                ('stream', models.CharField(choices=[('both', 'Everything'), ('marketing', 'Marketing'), ('transactional', 'Transactional')], default='both', max_length=16)),
                ('settings', models.JSONField(default=dict)),
                ('secrets', models.TextField(blank=True, default='')),
                ('token', models.CharField(max_length=64, unique=True)),
                ('revision', models.IntegerField(default=1)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(max_length=254)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('last_call_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('disabled_at', None)), fields=('channel', 'stream'), name='channels_account_active')],
            },
        ),
    ]
