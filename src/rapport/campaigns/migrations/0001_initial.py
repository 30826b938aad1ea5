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
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('purpose', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='governance.purpose')),
                ('segment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='segments.segment')),
                ('send', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.send')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='content.template')),
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
            name='CampaignVariant',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('send', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='messaging.send')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.template')),
                ('variant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='experiments.variant')),
                ('test', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='campaigns.campaigntest')),
            ],
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
            options={
                'indexes': [models.Index(fields=['-last', 'id'], name='campaigns_cost_recent')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('last__gte', models.F('first'))), name='campaigns_cost_sound'), models.UniqueConstraint(fields=('channel', 'campaign', 'first', 'last'), name='campaigns_cost_unique')],
            },
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
        migrations.AddConstraint(
            model_name='campaigntest',
            constraint=models.CheckConstraint(condition=models.Q(('hours__gte', 1), ('share__gte', 1), ('share__lte', 100)), name='campaigns_test_share'),
        ),
    ]
