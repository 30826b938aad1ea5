import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='MailToken',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('sealed', models.TextField(blank=True, default='')),
                ('expires_at', models.DateTimeField()),
            ],
        ),
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
            name='CallTask',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reference', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('number', models.CharField(max_length=64)),
                ('purpose', models.CharField(blank=True, default='', max_length=64)),
                ('title', models.CharField(max_length=200)),
                ('script', models.TextField()),
                ('tries', models.SmallIntegerField(default=3)),
                ('again_minutes', models.IntegerField(default=240)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(choices=[('waiting', 'To call'), ('claimed', 'Being called'), ('done', 'Done'), ('stopped', 'Not to be called')], default='waiting', max_length=12)),
                ('outcome', models.CharField(blank=True, choices=[('reached', 'Reached'), ('no_answer', 'No answer'), ('voicemail', 'Left a message'), ('later', 'Asked to call later'), ('wrong_number', 'Wrong number'), ('do_not_call', 'Do not call again')], default='', max_length=16)),
                ('why_stopped', models.CharField(blank=True, default='', max_length=32)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('claimed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='call_tasks', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='CallAttempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('caller', models.CharField(max_length=254)),
                ('outcome', models.CharField(choices=[('reached', 'Reached'), ('no_answer', 'No answer'), ('voicemail', 'Left a message'), ('later', 'Asked to call later'), ('wrong_number', 'Wrong number'), ('do_not_call', 'Do not call again')], max_length=16)),
                ('notes', models.TextField(blank=True, default='')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='channels.calltask')),
            ],
        ),
        migrations.CreateModel(
            name='ChannelAccount',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=32)),
                ('adapter', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=120)),
                ('stream', models.CharField(choices=[('both', 'Everything'), ('marketing', 'Marketing'), ('transactional', 'Transactional'), ('public', 'Public posts')], default='both', max_length=16)),
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
                ('calls_refused', models.BigIntegerField(default=0)),
                ('details', models.JSONField(default=dict)),
                ('rests_until', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('disabled_at', None), models.Q(('stream', 'public'), _negated=True)), fields=('channel', 'stream'), name='channels_account_active')],
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('web', 'Browser'), ('fcm', 'Android or Firebase'), ('apns', 'Apple')], max_length=8)),
                ('digest', models.CharField(max_length=64)),
                ('sealed', models.TextField()),
                ('app', models.CharField(blank=True, default='', max_length=120)),
                ('name', models.CharField(blank=True, default='', max_length=120)),
                ('language', models.CharField(blank=True, default='', max_length=35)),
                ('source', models.CharField(blank=True, default='', max_length=120)),
                ('is_proven', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('gone_at', models.DateTimeField(blank=True, null=True)),
                ('gone_because', models.CharField(blank=True, default='', max_length=64)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='InboxMessage',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True, default='')),
                ('url', models.TextField(blank=True, default='')),
                ('image', models.TextField(blank=True, default='')),
                ('label', models.CharField(blank=True, default='', max_length=60)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('clicked_at', models.DateTimeField(blank=True, null=True)),
                ('dismissed_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inbox_messages', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='PrintFile',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(max_length=254)),
                ('letters_count', models.IntegerField(default=0)),
                ('pages_count', models.IntegerField(default=0)),
                ('path', models.CharField(blank=True, default='', max_length=200)),
                ('size', models.BigIntegerField(default=0)),
                ('made_at', models.DateTimeField(blank=True, null=True)),
                ('downloaded_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='Mailpiece',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reference', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('code', models.CharField(db_index=True, max_length=16)),
                ('purpose', models.CharField(blank=True, default='', max_length=64)),
                ('address', models.TextField()),
                ('subject', models.CharField(max_length=200)),
                ('body', models.TextField()),
                ('layout', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('state', models.CharField(choices=[('waiting', 'To print'), ('printed', 'In a print file'), ('stopped', 'Not to be printed'), ('returned', 'Returned')], default='waiting', max_length=12)),
                ('why', models.CharField(blank=True, default='', max_length=200)),
                ('pages', models.SmallIntegerField(default=0)),
                ('returned_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='letters', to='people.person')),
                ('print_file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='letters', to='channels.printfile')),
            ],
        ),
        migrations.CreateModel(
            name='ReceivingDomain',
            fields=[
                ('name', models.CharField(max_length=253, primary_key=True, serialize=False)),
                ('provider', models.CharField(blank=True, default='', max_length=253)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('failed', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [models.Index(fields=['asked_at'], name='channels_receivingdomain_asked')],
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
        ),
        migrations.CreateModel(
            name='VapidKey',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('public', models.CharField(max_length=100)),
                ('sealed', models.TextField()),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='channels_vapid_one_row')],
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
        ),
        migrations.AddIndex(
            model_name='calltask',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at', 'id'], name='channels_call_due'),
        ),
        migrations.AddIndex(
            model_name='calltask',
            index=models.Index(fields=['-created_at', 'id'], name='channels_call_created'),
        ),
        migrations.AddIndex(
            model_name='callattempt',
            index=models.Index(fields=['task', '-at'], name='channels_attempt_task'),
        ),
        migrations.AddIndex(
            model_name='device',
            index=models.Index(condition=models.Q(('gone_at', None)), fields=['person'], name='channels_device_living'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.UniqueConstraint(fields=('kind', 'digest'), name='channels_device_unique'),
        ),
        migrations.AddIndex(
            model_name='inboxmessage',
            index=models.Index(condition=models.Q(('dismissed_at', None)), fields=['person', '-created_at', '-id'], name='channels_inbox_person'),
        ),
        migrations.AddIndex(
            model_name='mailpiece',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='channels_letter_waiting'),
        ),
        migrations.AddIndex(
            model_name='mailpiece',
            index=models.Index(fields=['-created_at', 'id'], name='channels_letter_created'),
        ),
        migrations.AddIndex(
            model_name='domaincheck',
            index=models.Index(fields=['domain', '-checked_at'], name='channels_domain_check'),
        ),
        migrations.AddConstraint(
            model_name='dkimkey',
            constraint=models.UniqueConstraint(fields=('domain', 'selector'), name='channels_dkim_selector'),
        ),
        migrations.AddConstraint(
            model_name='dkimkey',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at', None), ('signing_since__isnull', False)), fields=('domain',), name='channels_dkim_signing'),
        ),
        migrations.AddConstraint(
            model_name='warmupday',
            constraint=models.UniqueConstraint(fields=('domain', 'day'), name='channels_warmup_day'),
        ),
    ]
