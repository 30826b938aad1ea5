import django.contrib.postgres.fields
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
            name='WebhookEndpoint',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('url', models.CharField(max_length=2000)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), size=None)),
                ('secret', models.TextField()),
                ('former_secret', models.TextField(blank=True, default='')),
                ('former_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('actor_kind', models.CharField(max_length=8)),
                ('actor_id', models.CharField(max_length=64)),
                ('actor_label', models.CharField(max_length=254)),
                ('disabled_at', models.DateTimeField(blank=True, null=True)),
                ('disabled_because', models.CharField(blank=True, choices=[('', 'In use'), ('by_hand', 'Disabled by hand'), ('gone', 'The receiver has ended it (410)'), ('failing', 'It failed for days'), ('rights', 'Whoever set it up may no longer do so')], default='', max_length=8)),
                ('last_success_at', models.DateTimeField(blank=True, null=True)),
                ('last_error_at', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('failures', models.IntegerField(default=0)),
                ('rests_until', models.DateTimeField(blank=True, null=True)),
                ('missed', models.BigIntegerField(default=0)),
                ('missed_since', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='WebhookMessage',
            fields=[
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.IntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('webhook_id', models.CharField(max_length=64)),
                ('event', models.CharField(max_length=200)),
                ('message_id', models.CharField(max_length=200)),
                ('person_id', models.UUIDField(blank=True, null=True)),
                ('at', models.DateTimeField()),
                ('source', models.CharField(blank=True, default='', max_length=200)),
                ('properties', models.BinaryField(default=b'{}')),
                ('is_test', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delivered', 'Delivered'), ('failed', 'Given up'), ('withheld', 'Withheld')], default='waiting', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='integrations.webhookendpoint')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('status', models.IntegerField(blank=True, null=True)),
                ('milliseconds', models.IntegerField()),
                ('response', models.CharField(blank=True, default='', max_length=500)),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='integrations.webhookmessage')),
            ],
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['endpoint', 'next_attempt_at'], name='integrations_message_due'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['endpoint', '-id'], name='integrations_message_newest'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(fields=['person_id'], name='integrations_message_person'),
        ),
        migrations.AddIndex(
            model_name='webhookmessage',
            index=models.Index(condition=models.Q(('settled_at__isnull', False)), fields=['settled_at'], name='integrations_message_settled'),
        ),
        migrations.AddConstraint(
            model_name='webhookmessage',
            constraint=models.UniqueConstraint(fields=('endpoint', 'webhook_id'), name='integrations_message_unique'),
        ),
    ]
