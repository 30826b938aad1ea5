import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import rapport.loyalty.models.programs
import uuid
from django.db import migrations, models

from rapport.loyalty.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('home', models.UUIDField(null=True)),
                ('card_number', models.CharField(blank=True, default='', max_length=64)),
                ('referral_code', models.CharField(default=rapport.loyalty.models.programs.referral_code, max_length=10)),
                ('status', models.CharField(choices=[('active', 'Active'), ('blocked', 'Blocked'), ('closed', 'Closed')], default='active', max_length=8)),
                ('joined_at', models.DateTimeField()),
                ('balance', models.BigIntegerField(default=0)),
                ('pending', models.BigIntegerField(default=0)),
                ('owed', models.BigIntegerField(default=0)),
                ('version', models.BigIntegerField(default=0)),
                ('is_due', models.BooleanField(default=True)),
                ('tier_since', models.DateTimeField(null=True)),
                ('tier_until', models.DateTimeField(null=True)),
                ('tier_value', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('tier_review_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='loyalty_accounts', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='Badge',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('measure', models.CharField(choices=[('orders', 'Orders'), ('categories', 'Different categories bought from'), ('spent', 'Money spent')], max_length=10)),
                ('period', models.CharField(choices=[('month', 'in a calendar month'), ('year', 'in a calendar year'), ('ever', 'ever')], max_length=5)),
                ('threshold', models.DecimalField(decimal_places=4, max_digits=19)),
                ('points', models.PositiveIntegerField(default=0)),
                ('archived_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('earn', 'Earned'), ('reverse', 'Taken back'), ('settle', 'Became usable'), ('spend', 'Spent'), ('expire', 'Expired'), ('correct', 'Corrected'), ('transfer', 'Transferred')], max_length=8)),
                ('points', models.BigIntegerField()),
                ('source', models.CharField(blank=True, default='', max_length=64)),
                ('key', models.CharField(blank=True, default='', max_length=200)),
                ('at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('order_ref', models.UUIDField(null=True)),
                ('note', models.CharField(blank=True, default='', max_length=254)),
                ('actor', models.CharField(blank=True, default='', max_length=254)),
                ('reasons', models.JSONField(default=list)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loyalty.account')),
                ('other', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.account')),
            ],
        ),
        migrations.CreateModel(
            name='HeardEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.UUIDField()),
                ('event', models.CharField(max_length=200)),
                ('person', models.UUIDField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Program',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('currency', models.CharField(max_length=3)),
                ('zone', models.CharField(max_length=64)),
                ('starts_on', models.DateField()),
                ('enrols_everybody', models.BooleanField(default=True)),
                ('return_days', models.PositiveIntegerField(default=30)),
                ('expiry_months', models.PositiveIntegerField(default=24)),
                ('allows_transfers', models.BooleanField(default=False)),
                ('point_value', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('referral_points', models.PositiveIntegerField(default=0)),
                ('referred_points', models.PositiveIntegerField(default=0)),
                ('referral_most', models.PositiveIntegerField(default=20)),
                ('tier_measure', models.CharField(choices=[('points', 'Points earned'), ('spent', 'Money spent'), ('orders', 'Orders')], default='points', max_length=6)),
                ('tier_period', models.CharField(choices=[('rolling', 'The last months'), ('calendar', 'The calendar year and the one before')], default='rolling', max_length=8)),
                ('tier_months', models.PositiveIntegerField(default=12)),
                ('tier_grace_days', models.PositiveIntegerField(default=0)),
                ('tier_soft_landing', models.BooleanField(default=True)),
                ('archived_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='StaleOrders',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('orders', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
            ],
            options={
                'verbose_name_plural': 'stale orders',
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pending', models.BigIntegerField(default=0)),
                ('remaining', models.BigIntegerField(default=0)),
                ('expired', models.BigIntegerField(default=0)),
                ('available_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='loyalty.account')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='loyalty.entry')),
            ],
        ),
        migrations.CreateModel(
            name='BadgeAward',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('period', models.CharField(blank=True, default='', max_length=7)),
                ('at', models.DateTimeField()),
                ('points', models.PositiveIntegerField(default=0)),
                ('is_due', models.BooleanField(default=False)),
                ('is_withdrawn', models.BooleanField(default=False)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='badges', to='loyalty.account')),
                ('badge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='awards', to='loyalty.badge')),
                ('lot', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.lot')),
            ],
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('book', models.CharField(choices=[('member', 'To spend'), ('pending', 'Pending'), ('owed', 'Owed'), ('issued', 'Issued'), ('spent', 'Spent'), ('expired', 'Expired'), ('corrected', 'Corrected')], max_length=9)),
                ('points', models.BigIntegerField()),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='loyalty.account')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='loyalty.entry')),
            ],
        ),
        migrations.CreateModel(
            name='OrderPoints',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('order_ref', models.UUIDField()),
                ('points', models.BigIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('spent', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('changes', models.PositiveIntegerField(default=0)),
                ('segments', models.JSONField(default=list)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.account')),
                ('lot', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.lot')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.program')),
            ],
        ),
        migrations.AddField(
            model_name='entry',
            name='program',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loyalty.program'),
        ),
        migrations.CreateModel(
            name='EarnRule',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('spent', 'Points for money spent'), ('order', 'Points for an order'), ('piece', 'Points for each piece'), ('multiplier', 'Multiplied points for money spent'), ('event', 'Points for an event')], max_length=12)),
                ('points', models.PositiveIntegerField(default=0)),
                ('per_amount', models.DecimalField(decimal_places=4, default=1, max_digits=19)),
                ('factor', models.DecimalField(decimal_places=2, default=1, max_digits=6)),
                ('event', models.CharField(blank=True, default='', max_length=200)),
                ('most', models.PositiveIntegerField(default=0)),
                ('products', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None)),
                ('categories', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=254), blank=True, default=list, size=None)),
                ('brands', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None)),
                ('segment', models.CharField(blank=True, default='', max_length=64)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), blank=True, default=list, size=None)),
                ('minimum', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='loyalty.program')),
            ],
        ),
        migrations.CreateModel(
            name='EarningPartner',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('point_price', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('most_points', models.PositiveIntegerField(default=1000)),
                ('most_a_day', models.PositiveIntegerField(default=0)),
                ('most_a_month', models.PositiveIntegerField(default=0)),
                ('archived_at', models.DateTimeField(null=True)),
                ('api_key', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='earning_partner', to='core.apikey')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='partners', to='loyalty.program')),
            ],
        ),
        migrations.AddField(
            model_name='badge',
            name='program',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='badges', to='loyalty.program'),
        ),
        migrations.AddField(
            model_name='account',
            name='program',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='loyalty.program'),
        ),
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for the first order'), ('pending', 'The order can still be returned'), ('rewarded', 'Rewarded'), ('refused', 'Refused')], default='waiting', max_length=8)),
                ('reason', models.CharField(blank=True, choices=[('own_code', "It is the member's own code."), ('same_address', 'Both have the same email address, written in another way.'), ('same_household', 'Both live at the same address.'), ('same_device', 'Somebody else came with this code from the same device.'), ('same_payment', 'Somebody else came with this code and paid with the same card.'), ('not_new', 'They had bought something before.'), ('before', "Another member's code had brought them before."), ('limit', 'The member has brought as many as the programme rewards in a year.')], default='', max_length=14)),
                ('device', models.CharField(blank=True, default='', max_length=64)),
                ('payment', models.CharField(blank=True, default='', max_length=64)),
                ('order_ref', models.UUIDField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='referrals', to='loyalty.account')),
                ('person', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='loyalty_referrals', to='people.person')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='referrals', to='loyalty.program')),
            ],
        ),
        migrations.CreateModel(
            name='Reward',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('points', models.PositiveIntegerField()),
                ('stock', models.IntegerField(null=True)),
                ('archived_at', models.DateTimeField(null=True)),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rewards', to='loyalty.program')),
            ],
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('threshold', models.DecimalField(decimal_places=4, max_digits=19)),
                ('benefits', models.TextField(blank=True, default='')),
                ('archived_at', models.DateTimeField(null=True)),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiers', to='loyalty.program')),
            ],
        ),
        migrations.AddField(
            model_name='account',
            name='tier',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='accounts', to='loyalty.tier'),
        ),
        migrations.CreateModel(
            name='WalletSettings',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('barcode', models.CharField(choices=[('qr', 'QR code'), ('code128', 'Barcode (Code 128)')], default='qr', max_length=8)),
                ('apple_certificate', models.TextField(blank=True, default='')),
                ('google_issuer', models.CharField(blank=True, default='', max_length=40)),
                ('sealed', models.TextField(blank=True, default='')),
                ('problem', models.CharField(blank=True, default='', max_length=254)),
                ('problem_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name_plural': 'wallet settings',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='loyalty_wallet_one_row')],
            },
        ),
        migrations.CreateModel(
            name='WalletPass',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='wallet_pass', serialize=False, to='loyalty.account')),
                ('digest', models.CharField(blank=True, default='', max_length=64)),
                ('sent', models.CharField(blank=True, default='', max_length=64)),
                ('changed_at', models.DateTimeField()),
                ('due', models.PositiveIntegerField(default=0)),
                ('has_google', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name_plural': 'wallet passes',
                'indexes': [models.Index(condition=models.Q(('due__gt', 0)), fields=['account'], name='loyalty_wallet_due')],
            },
        ),
        migrations.CreateModel(
            name='WalletDevice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('device', models.CharField(max_length=128)),
                ('push_token', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField()),
                ('wallet_pass', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='devices', to='loyalty.walletpass')),
            ],
        ),
        migrations.CreateModel(
            name='Redemption',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='redemption', serialize=False, to='loyalty.entry')),
                ('reward', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='redemptions', to='loyalty.reward')),
            ],
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('remaining__gt', 0), ('pending__gt', 0), _connector='OR'), fields=['account', 'expires_at'], name='loyalty_lot_open'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('pending__gt', 0)), fields=['available_at'], name='loyalty_lot_pending'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('remaining__gt', 0)), fields=['expires_at'], name='loyalty_lot_expiring'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('expired__gte', 0), ('pending__gte', 0), ('remaining__gte', 0)), name='loyalty_lot_points'),
        ),
        migrations.AddIndex(
            model_name='badgeaward',
            index=models.Index(condition=models.Q(('is_due', True)), fields=['id'], name='loyalty_award_due'),
        ),
        migrations.AddConstraint(
            model_name='badgeaward',
            constraint=models.UniqueConstraint(fields=('account', 'badge', 'period'), name='loyalty_award_once'),
        ),
        migrations.AddIndex(
            model_name='orderpoints',
            index=models.Index(fields=['account'], name='loyalty_order_points_account'),
        ),
        migrations.AddConstraint(
            model_name='orderpoints',
            constraint=models.UniqueConstraint(fields=('order_ref', 'program'), name='loyalty_order_points_unique'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['account', '-at', '-id'], name='loyalty_entry_account'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('source__startswith', 'partner ')), fields=['program', 'source', '-at', '-id'], name='loyalty_entry_partner'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('source__startswith', 'partner ')), fields=['program', 'source', 'recorded_at'], include=('account', 'points'), name='loyalty_entry_partner_sum'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('program', 'source', 'key'), name='loyalty_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='earnrule',
            constraint=models.CheckConstraint(condition=models.Q(('factor__gte', 1), ('per_amount__gt', 0)), name='loyalty_rule_sense'),
        ),
        migrations.AddConstraint(
            model_name='badge',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gt', 0)), name='loyalty_badge_threshold'),
        ),
        migrations.AddConstraint(
            model_name='badge',
            constraint=models.UniqueConstraint(condition=models.Q(('archived_at__isnull', True)), fields=('program', 'name'), name='loyalty_badge_name'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='loyalty_referral_due'),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(fields=['account', '-created_at'], name='loyalty_referral_account'),
        ),
        migrations.AddConstraint(
            model_name='reward',
            constraint=models.CheckConstraint(condition=models.Q(('stock__isnull', True), ('stock__gte', 0), _connector='OR'), name='loyalty_reward_stock'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(('threshold__gte', 0)), name='loyalty_tier_threshold'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.UniqueConstraint(condition=models.Q(('archived_at__isnull', True)), fields=('program', 'name'), name='loyalty_tier_name'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['-joined_at', 'id'], name='loyalty_account_recent'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(fields=['-balance', 'id'], name='loyalty_account_balance'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('is_due', True)), fields=['id'], name='loyalty_account_due'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('tier_review_at__isnull', False)), fields=['tier_review_at'], name='loyalty_account_review'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('balance__gte', 0), ('owed__lte', 0), ('pending__gte', 0)), name='loyalty_account_balance'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('home__isnull', False)), fields=('program', 'home'), name='loyalty_account_home'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('referral_code',), name='loyalty_account_referral'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('card_number', ''), _negated=True), fields=('program', 'card_number'), name='loyalty_account_card'),
        ),
        migrations.AddConstraint(
            model_name='walletdevice',
            constraint=models.UniqueConstraint(fields=('device', 'wallet_pass'), name='loyalty_wallet_device_once'),
        ),
        *_operations.AFTER,
    ]
