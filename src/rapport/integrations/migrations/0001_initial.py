import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('events', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShopAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('password', models.CharField(max_length=128)),
                ('newsletter', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='ShopEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('payload', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('attempts', models.SmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('refused', models.TextField(blank=True, default='')),
            ],
        ),
        migrations.CreateModel(
            name='CaughtMail',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('mail_from', models.CharField(blank=True, default='', max_length=320)),
                ('recipients', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=320), size=None)),
                ('sender', models.CharField(blank=True, default='', max_length=320)),
                ('subject', models.CharField(blank=True, default='', max_length=998)),
                ('preview', models.CharField(blank=True, default='', max_length=160)),
                ('raw', models.BinaryField()),
                ('read_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-id'], name='integrations_mail_recent')],
            },
        ),
        migrations.CreateModel(
            name='DemoShop',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('website_key', models.CharField(max_length=64)),
                ('server_key', models.CharField(max_length=64)),
                ('history_until', models.DateTimeField()),
                ('history_batches', models.IntegerField(default=0)),
                ('history_events', models.IntegerField(default=0)),
                ('history_done_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='integrations_shop_one_row')],
            },
        ),
        migrations.CreateModel(
            name='FileFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(choices=[('upload', 'Uploaded here'), ('folder', 'Folder on the server'), ('url', 'Web address')], default='upload', max_length=8)),
                ('address', models.CharField(blank=True, default='', max_length=1000)),
                ('every_minutes', models.IntegerField(blank=True, null=True)),
                ('daily_at', models.TimeField(blank=True, null=True)),
                ('group_by', models.CharField(blank=True, default='', max_length=200)),
                ('mapping', models.JSONField(blank=True, default=dict)),
                ('sample', models.TextField(blank=True, default='')),
                ('mapped_at', models.DateTimeField(blank=True, null=True)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('trouble', models.CharField(blank=True, default='', max_length=500)),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='file_feed', to='events.source')),
            ],
        ),
        migrations.CreateModel(
            name='FileRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=254)),
                ('file', models.CharField(max_length=300)),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Being read'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('position', models.IntegerField(default=0)),
                ('total', models.IntegerField(default=0)),
                ('events', models.IntegerField(default=0)),
                ('errors', models.IntegerField(default=0)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('fence', models.IntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('feed', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='integrations.filefeed')),
            ],
        ),
        migrations.CreateModel(
            name='FileRowError',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('row', models.IntegerField()),
                ('reason', models.TextField()),
                ('cells', models.JSONField(default=dict)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='row_errors', to='integrations.filerun')),
            ],
        ),
        migrations.CreateModel(
            name='ShopOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(max_length=120)),
                ('address', models.TextField()),
                ('total', models.DecimalField(decimal_places=2, max_digits=10)),
                ('anonymous_id', models.CharField(blank=True, default='', max_length=100)),
                ('placed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='orders', to='integrations.shopaccount')),
            ],
        ),
        migrations.CreateModel(
            name='ShopOrderLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=120)),
                ('price', models.DecimalField(decimal_places=2, max_digits=8)),
                ('quantity', models.PositiveIntegerField()),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='integrations.shoporder')),
            ],
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=64, unique=True)),
                ('signing', models.CharField(choices=[('none', 'The secret address alone'), ('hmac', 'HMAC-SHA256 in a header'), ('standard', 'Standard Webhooks'), ('stripe', 'Stripe-Signature')], default='none', max_length=10)),
                ('secret', models.CharField(blank=True, default='', max_length=200)),
                ('header', models.CharField(blank=True, default='', max_length=100)),
                ('prefix', models.CharField(blank=True, default='', max_length=40)),
                ('tolerance_seconds', models.IntegerField(default=300)),
                ('per_minute', models.IntegerField(default=600)),
                ('mapping', models.JSONField(blank=True, default=dict)),
                ('sample', models.TextField(blank=True, default='')),
                ('mapped_at', models.DateTimeField(blank=True, null=True)),
                ('window_start', models.DateTimeField(blank=True, null=True)),
                ('window_count', models.IntegerField(default=0)),
                ('refused_at', models.DateTimeField(blank=True, null=True)),
                ('refused_reason', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='webhook', to='events.source')),
            ],
        ),
        migrations.CreateModel(
            name='Received',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('headers', models.JSONField(default=dict)),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Taken'), ('skipped', 'Condition not met'), ('failed', 'Failed'), ('discarded', 'Discarded')], default='waiting', max_length=10)),
                ('reason', models.TextField(blank=True, default='')),
                ('events', models.IntegerField(default=0)),
                ('known', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=1000), blank=True, default=list, size=None)),
                ('webhook', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='received', to='integrations.webhook')),
            ],
            options={
                'verbose_name_plural': 'received',
            },
        ),
        migrations.AddConstraint(
            model_name='filerun',
            constraint=models.UniqueConstraint(fields=('feed', 'digest'), name='integrations_file_once'),
        ),
        migrations.AddIndex(
            model_name='received',
            index=models.Index(fields=['webhook', '-id'], name='integrations_received_recent'),
        ),
        migrations.AddIndex(
            model_name='received',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='integrations_received_wait'),
        ),
    ]
