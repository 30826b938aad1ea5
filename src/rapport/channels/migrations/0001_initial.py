import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ProviderPace',
            fields=[
                ('provider', models.CharField(max_length=253, primary_key=True, serialize=False)),
                ('per_minute', models.PositiveIntegerField(blank=True, null=True)),
                ('minute', models.DateTimeField(blank=True, null=True)),
                ('used', models.PositiveIntegerField(default=0)),
                ('next_turn', models.DateTimeField(blank=True, null=True)),
                ('strikes', models.PositiveSmallIntegerField(default=0)),
                ('rests_until', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, default='', max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name='SenderIdentity',
            fields=[
                ('stream', models.CharField(choices=[('marketing', 'Marketing'), ('transactional', 'Transactional')], max_length=16, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, default='', max_length=120)),
                ('address', models.EmailField(max_length=254)),
                ('reply_to', models.EmailField(blank=True, default='', max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name='SendingDomain',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=253, unique=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(max_length=254)),
                ('warmup_from', models.DateField(blank=True, null=True)),
                ('warmup_first', models.PositiveIntegerField(default=50)),
                ('warmup_growth', models.PositiveIntegerField(default=50)),
                ('warmup_target', models.PositiveIntegerField(default=50000)),
            ],
        ),
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
        migrations.CreateModel(
            name='DomainCheck',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('checked_at', models.DateTimeField()),
                ('results', models.JSONField(default=list)),
                ('passed', models.BooleanField()),
                ('domain', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='channels.sendingdomain')),
            ],
            options={
                'indexes': [models.Index(fields=['domain', '-checked_at'], name='channels_domain_check')],
            },
        ),
        migrations.CreateModel(
            name='DkimKey',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('selector', models.CharField(max_length=63)),
                ('private', models.TextField()),
                ('public', models.TextField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('signing_since', models.DateTimeField(blank=True, null=True)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('domain', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='channels.sendingdomain')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('domain', 'selector'), name='channels_dkim_selector'), models.UniqueConstraint(condition=models.Q(('retired_at', None), ('signing_since__isnull', False)), fields=('domain',), name='channels_dkim_signing')],
            },
        ),
        migrations.CreateModel(
            name='WarmupDay',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('used', models.PositiveIntegerField(default=0)),
                ('waiting', models.PositiveIntegerField(default=0)),
                ('domain', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='channels.sendingdomain')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('domain', 'day'), name='channels_warmup_day')],
            },
        ),
    ]
