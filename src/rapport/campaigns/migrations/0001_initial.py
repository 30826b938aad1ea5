import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('channels', '0001_initial'),
        ('content', '0001_initial'),
        ('experiments', '0001_initial'),
        ('governance', '0001_initial'),
        ('messaging', '0001_initial'),
        ('people', '0001_initial'),
        ('segments', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('channel', models.CharField(max_length=16)),
                ('audience_cursor', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
                ('occurrence_at', models.DateTimeField(blank=True, null=True)),
                ('planned_at', models.DateTimeField(blank=True, null=True)),
                ('is_local', models.BooleanField(default=False)),
                ('per_hour', models.IntegerField(blank=True, null=True)),
                ('window_from', models.TimeField(blank=True, null=True)),
                ('window_until', models.TimeField(blank=True, null=True)),
                ('folder', models.CharField(blank=True, default='', max_length=60)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('is_approved', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('purpose', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='governance.purpose')),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='segments.segment')),
                ('send', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.send')),
                ('series', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='campaigns.campaign')),
                ('template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='content.template')),
            ],
        ),
        migrations.CreateModel(
            name='CampaignTest',
            fields=[
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='test', serialize=False, to='campaigns.campaign')),
                ('share', models.IntegerField(default=100)),
                ('hours', models.IntegerField(default=24)),
                ('is_rest', models.BooleanField(default=False)),
                ('experiment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='experiments.experiment')),
            ],
        ),
        migrations.CreateModel(
            name='CampaignApproval',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64)),
                ('note', models.TextField(blank=True, default='')),
                ('requester', models.CharField(max_length=80)),
                ('requested_by', models.CharField(max_length=254)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('is_granted', models.BooleanField(blank=True, null=True)),
                ('answer', models.TextField(blank=True, default='')),
                ('decided_by', models.CharField(blank=True, default='', max_length=254)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='campaigns.campaign')),
            ],
        ),
        migrations.CreateModel(
            name='CampaignChannel',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.SmallIntegerField()),
                ('channel', models.CharField(max_length=16)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fallbacks', to='campaigns.campaign')),
                ('send', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.send')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.template')),
                ('version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.templateversion')),
            ],
        ),
        migrations.CreateModel(
            name='CampaignEntry',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=255)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField()),
                ('data', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('taken', 'Message ordered'), ('refused', 'Refused')], default='waiting', max_length=8)),
                ('reason', models.CharField(blank=True, default='', max_length=16)),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='campaigns.campaign')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'verbose_name_plural': 'campaign entries',
            },
        ),
        migrations.CreateModel(
            name='CampaignPolicy',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('approve_from', models.IntegerField(blank=True, null=True)),
            ],
            options={
                'verbose_name_plural': 'campaign policies',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='campaigns_one_policy')],
            },
        ),
        migrations.CreateModel(
            name='Cost',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('channel', models.CharField(max_length=40)),
                ('campaign', models.CharField(blank=True, default='', max_length=200)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=19)),
                ('currency', models.CharField(max_length=3)),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('written_by', models.CharField(blank=True, default='', max_length=254)),
                ('record', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='costs', to='campaigns.campaign')),
            ],
        ),
        migrations.CreateModel(
            name='SocialPost',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('text', models.TextField(blank=True, default='')),
                ('publish_at', models.DateTimeField(blank=True, null=True)),
                ('ordered_by', models.CharField(blank=True, default='', max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-created_at', 'id'], name='campaigns_post_newest')],
            },
        ),
        migrations.CreateModel(
            name='SocialImage',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('path', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=40)),
                ('size', models.PositiveIntegerField()),
                ('alt', models.TextField(blank=True, default='')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='images', to='campaigns.socialpost')),
            ],
        ),
        migrations.CreateModel(
            name='SocialPublication',
            fields=[
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.IntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('text', models.TextField(blank=True, default='')),
                ('is_answer', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('scheduled', 'Scheduled'), ('publishing', 'Publishing'), ('checking', 'Being looked for'), ('published', 'Published'), ('uncertain', 'Uncertain'), ('failed', 'Failed'), ('missed', 'Missed'), ('cancelled', 'Cancelled'), ('deleting', 'Being deleted'), ('deleted', 'Deleted')], default='draft', max_length=12)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('handed_over_at', models.DateTimeField(blank=True, null=True)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('provider_id', models.CharField(blank=True, default='', max_length=254)),
                ('url', models.CharField(blank=True, default='', max_length=500)),
                ('code', models.CharField(blank=True, default='', max_length=40)),
                ('detail', models.TextField(blank=True, default='')),
                ('likes', models.PositiveIntegerField(blank=True, null=True)),
                ('shares', models.PositiveIntegerField(blank=True, null=True)),
                ('replies_count', models.PositiveIntegerField(blank=True, null=True)),
                ('views', models.PositiveIntegerField(blank=True, null=True)),
                ('figures_at', models.DateTimeField(blank=True, null=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('since', models.CharField(blank=True, default='', max_length=64)),
                ('created_by', models.CharField(blank=True, default='', max_length=254)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='channels.channelaccount')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='publications', to='campaigns.socialpost')),
            ],
        ),
        migrations.CreateModel(
            name='SocialReply',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64)),
                ('provider_id', models.CharField(blank=True, default='', max_length=254)),
                ('parent_id', models.CharField(blank=True, default='', max_length=254)),
                ('handle', models.CharField(blank=True, default='', max_length=254)),
                ('url', models.CharField(blank=True, default='', max_length=500)),
                ('written_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('message', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.inboundmessage')),
                ('publication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='campaigns.socialpublication')),
            ],
            options={
                'verbose_name_plural': 'social replies',
            },
        ),
        migrations.AddField(
            model_name='socialpublication',
            name='answers',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='answers', to='campaigns.socialreply'),
        ),
        migrations.CreateModel(
            name='CampaignRule',
            fields=[
                ('campaign', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rule', serialize=False, to='campaigns.campaign')),
                ('kind', models.CharField(choices=[('recurring', 'Recurring'), ('event', 'After an event'), ('api', 'Triggered by API')], max_length=10)),
                ('active_since', models.DateTimeField(blank=True, null=True)),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('ordered_by', models.CharField(blank=True, default='', max_length=254)),
                ('unit', models.CharField(choices=[('day', 'Days'), ('week', 'Weeks'), ('month', 'Months')], default='week', max_length=5)),
                ('every', models.SmallIntegerField(default=1)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), blank=True, default=list, size=None)),
                ('month_day', models.SmallIntegerField(default=1)),
                ('at', models.TimeField(blank=True, null=True)),
                ('zone', models.CharField(blank=True, default='', max_length=64)),
                ('starts', models.DateField(blank=True, null=True)),
                ('event', models.CharField(blank=True, default='', max_length=200)),
                ('conditions', models.JSONField(blank=True, default=list)),
                ('delay_minutes', models.IntegerField(default=0)),
                ('again_days', models.IntegerField(blank=True, null=True)),
                ('version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.templateversion')),
            ],
        ),
        migrations.CreateModel(
            name='CampaignVariant',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('subject', models.CharField(blank=True, default='', max_length=254)),
                ('preheader', models.CharField(blank=True, default='', max_length=254)),
                ('sender_name', models.CharField(blank=True, default='', max_length=120)),
                ('send', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.send')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.template')),
                ('variant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='experiments.variant')),
                ('test', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='campaigns.campaigntest')),
            ],
        ),
        migrations.AddIndex(
            model_name='campaign',
            index=models.Index(condition=models.Q(('archived_at', None), ('send', None), ('series__isnull', False)), fields=['planned_at'], name='campaigns_run_due'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.UniqueConstraint(fields=('series', 'occurrence_at'), name='campaigns_run_once'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('per_hour__isnull', True), ('per_hour__gte', 1), _connector='OR'), name='campaigns_per_hour'),
        ),
        migrations.AddConstraint(
            model_name='campaignapproval',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at', None)), fields=('campaign',), name='campaigns_approval_open'),
        ),
        migrations.AddConstraint(
            model_name='campaignchannel',
            constraint=models.UniqueConstraint(fields=('campaign', 'channel'), name='campaigns_fallback_once'),
        ),
        migrations.AddIndex(
            model_name='campaignentry',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='campaigns_entry_due'),
        ),
        migrations.AddIndex(
            model_name='campaignentry',
            index=models.Index(fields=['person', 'campaign'], name='campaigns_entry_person'),
        ),
        migrations.AddIndex(
            model_name='campaignentry',
            index=models.Index(condition=models.Q(('state__in', ['taken', 'refused']), models.Q(('data', {}), _negated=True)), fields=['at'], name='campaigns_entry_data'),
        ),
        migrations.AddConstraint(
            model_name='campaignentry',
            constraint=models.UniqueConstraint(fields=('campaign', 'key'), name='campaigns_entry_once'),
        ),
        migrations.AddIndex(
            model_name='cost',
            index=models.Index(fields=['-last', 'id'], name='campaigns_cost_recent'),
        ),
        migrations.AddConstraint(
            model_name='cost',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('last__gte', models.F('first'))), name='campaigns_cost_sound'),
        ),
        migrations.AddConstraint(
            model_name='cost',
            constraint=models.UniqueConstraint(fields=('channel', 'campaign', 'first', 'last'), name='campaigns_cost_unique'),
        ),
        migrations.AddConstraint(
            model_name='socialreply',
            constraint=models.UniqueConstraint(fields=('publication', 'digest'), name='campaigns_reply_once'),
        ),
        migrations.AddIndex(
            model_name='socialpublication',
            index=models.Index(condition=models.Q(('state__in', ('scheduled', 'publishing', 'checking', 'deleting'))), fields=['next_attempt_at'], name='campaigns_publication_due'),
        ),
        migrations.AddIndex(
            model_name='socialpublication',
            index=models.Index(condition=models.Q(('state', 'published')), fields=['read_at'], name='campaigns_publication_read'),
        ),
        migrations.AddIndex(
            model_name='socialpublication',
            index=models.Index(fields=['account', 'provider_id'], name='campaigns_publication_provider'),
        ),
        migrations.AddConstraint(
            model_name='socialpublication',
            constraint=models.UniqueConstraint(condition=models.Q(('is_answer', False)), fields=('post', 'account'), name='campaigns_publication_once'),
        ),
        migrations.AddIndex(
            model_name='campaignrule',
            index=models.Index(condition=models.Q(('active_since__isnull', False), ('kind', 'event')), fields=['event'], name='campaigns_rule_event'),
        ),
        migrations.AddConstraint(
            model_name='campaignrule',
            constraint=models.CheckConstraint(condition=models.Q(('delay_minutes__gte', 0), ('every__gte', 1), ('month_day__gte', 1), ('month_day__lte', 31)), name='campaigns_rule_sane'),
        ),
        migrations.AddConstraint(
            model_name='campaigntest',
            constraint=models.CheckConstraint(condition=models.Q(('hours__gte', 1), ('share__gte', 1), ('share__lte', 100)), name='campaigns_test_share'),
        ),
    ]
