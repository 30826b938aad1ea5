import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models

from rapport.governance.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentWording',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('text', models.TextField()),
                ('first_used_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='ContactPreference',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='contact_preference', serialize=False, to='people.person')),
                ('messages', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('paused_until', models.DateTimeField(blank=True, null=True)),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.CreateModel(
            name='Purpose',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('basis', models.CharField(choices=[('consent', 'Consent'), ('contract', 'Contract'), ('legitimate_interest', 'Legitimate interest'), ('legal_obligation', 'Legal obligation')], default='consent', max_length=24)),
                ('position', models.SmallIntegerField(default=0)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('valid_for_days', models.PositiveIntegerField(blank=True, null=True)),
                ('double_opt_in', models.BooleanField(default=False)),
                ('soft_opt_in_countries', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), blank=True, default=list, size=None)),
                ('refused_by_gpc', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='SubjectRequest',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('export', 'Copy of the data'), ('erasure', 'Erasure'), ('rectification', 'Correction')], max_length=16)),
                ('person_id', models.UUIDField()),
                ('details', models.TextField(blank=True, default='')),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('requested_by', models.CharField(max_length=254)),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('receipt', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='SuppressionRemoval',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=16)),
                ('address_hash', models.CharField(max_length=64)),
                ('suppressed_for', models.CharField(choices=[('unsubscribed', 'Unsubscribed from everything'), ('bounced', 'Address does not exist'), ('complained', 'Marked as spam'), ('erased', 'Asked to be forgotten'), ('manual', 'Added by hand')], max_length=16)),
                ('suppressed_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=500)),
                ('removed_at', models.DateTimeField()),
                ('removed_by', models.CharField(max_length=254)),
            ],
        ),
        migrations.CreateModel(
            name='ConsentRecord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=16)),
                ('state', models.CharField(choices=[('granted', 'Granted'), ('withdrawn', 'Withdrawn'), ('pending', 'Pending')], max_length=12)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.CharField(max_length=120)),
                ('actor', models.CharField(max_length=254)),
                ('event_message_id', models.CharField(blank=True, default='', max_length=100)),
                ('address_hash', models.CharField(blank=True, default='', max_length=64)),
                ('basis', models.CharField(blank=True, default='', max_length=24)),
                ('form_version', models.CharField(blank=True, default='', max_length=60)),
                ('language', models.CharField(blank=True, default='', max_length=35)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('evidence', models.JSONField(default=dict)),
                ('person', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consent_records', to='people.person')),
                ('wording', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='governance.consentwording')),
                ('purpose', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='governance.purpose')),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=16)),
                ('state', models.CharField(choices=[('granted', 'Granted'), ('withdrawn', 'Withdrawn'), ('pending', 'Pending'), ('expired', 'Expired')], max_length=12)),
                ('at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='people.person')),
                ('record', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.consentrecord')),
                ('purpose', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='governance.purpose')),
            ],
        ),
        migrations.CreateModel(
            name='AddressWithdrawal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=16)),
                ('address_hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('source', models.CharField(max_length=120)),
                ('purpose', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, to='governance.purpose')),
            ],
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=16)),
                ('address_hash', models.CharField(max_length=64)),
                ('reason', models.CharField(choices=[('unsubscribed', 'Unsubscribed from everything'), ('bounced', 'Address does not exist'), ('complained', 'Marked as spam'), ('erased', 'Asked to be forgotten'), ('manual', 'Added by hand')], max_length=16)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.CharField(blank=True, default='', max_length=254)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('channel', 'address_hash'), name='governance_suppression_unique')],
            },
        ),
        migrations.CreateModel(
            name='ConsentRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('channel', models.CharField(max_length=16)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('address_hash', models.CharField(db_index=True, max_length=64)),
                ('language', models.CharField(blank=True, default='', max_length=16)),
                ('source', models.CharField(max_length=120)),
                ('evidence', models.JSONField(default=dict)),
                ('is_public', models.BooleanField(default=False)),
                ('requested_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('mails', models.PositiveSmallIntegerField(default=0)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consent_requests', to='people.person')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_public', True)), fields=['source', 'mailed_at'], name='governance_request_public')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('confirmed_at', None)), fields=('person', 'channel'), name='governance_request_open_once')],
            },
        ),
        migrations.AddIndex(
            model_name='consentrecord',
            index=models.Index(fields=['person', '-id'], name='governance_consent_person'),
        ),
        migrations.AddConstraint(
            model_name='consentrecord',
            constraint=models.UniqueConstraint(condition=models.Q(('event_message_id', ''), _negated=True), fields=('person', 'purpose', 'channel', 'event_message_id'), name='governance_record_once'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='governance_consent_expiry'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(fields=('person', 'purpose', 'channel'), name='governance_consent_unique'),
        ),
        migrations.AddConstraint(
            model_name='addresswithdrawal',
            constraint=models.UniqueConstraint(fields=('address_hash', 'purpose', 'channel'), name='governance_address_withdrawal_unique'),
        ),
        *_operations.AFTER,
    ]
