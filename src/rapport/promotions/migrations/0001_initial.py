import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models

from rapport.promotions.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('content', '0001_initial'),
        ('core', '0001_initial'),
        ('people', '0001_initial'),
        ('segments', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='WaitingOrder',
            fields=[
                ('order', models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name='CodeBatch',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('origin', models.CharField(choices=[('generated', 'Generated'), ('imported', 'Imported')], max_length=10)),
                ('wanted', models.IntegerField(default=0)),
                ('ready', models.IntegerField(default=0)),
                ('refused', models.IntegerField(default=0)),
                ('length', models.IntegerField(default=0)),
                ('prefix', models.CharField(blank=True, default='', max_length=20)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('file', models.CharField(blank=True, default='', max_length=200)),
                ('name', models.CharField(blank=True, default='', max_length=254)),
                ('problems', models.JSONField(default=list)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='GiftCard',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('sealed', models.TextField(blank=True, default='')),
                ('ending', models.CharField(max_length=4)),
                ('currency', models.CharField(max_length=3)),
                ('balance', models.DecimalField(db_default=0, decimal_places=4, default=0, max_digits=19)),
                ('buyer', models.UUIDField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('blocked', models.BooleanField(default=False)),
                ('key', models.CharField(blank=True, default='', max_length=200)),
                ('store', models.CharField(blank=True, default='', max_length=64)),
                ('order', models.UUIDField(blank=True, null=True)),
                ('order_ref', models.CharField(blank=True, default='', max_length=254)),
                ('position', models.IntegerField(default=0)),
                ('recipient_name', models.CharField(blank=True, default='', max_length=120)),
                ('recipient_email', models.CharField(blank=True, default='', max_length=254)),
                ('giver_name', models.CharField(blank=True, default='', max_length=120)),
                ('greeting', models.CharField(blank=True, default='', max_length=1000)),
                ('channel', models.CharField(blank=True, default='', max_length=40)),
                ('deliver_at', models.DateTimeField(blank=True, null=True)),
                ('ordered_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, default='', max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='gift_cards', to='people.person')),
                ('replaced_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaces', to='promotions.giftcard')),
            ],
        ),
        migrations.CreateModel(
            name='GiftCardEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('issue', 'Issued'), ('redeem', 'Redeemed'), ('refund', 'Refunded'), ('expire', 'Expired'), ('adjust', 'Corrected'), ('transfer', 'Transferred'), ('cancel', 'Taken back')], max_length=8)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=19)),
                ('key', models.CharField(blank=True, default='', max_length=300)),
                ('store', models.CharField(blank=True, default='', max_length=64)),
                ('order_ref', models.CharField(blank=True, default='', max_length=254)),
                ('pair', models.UUIDField(blank=True, null=True)),
                ('note', models.CharField(blank=True, default='', max_length=254)),
                ('actor', models.CharField(blank=True, default='', max_length=254)),
                ('at', models.DateTimeField()),
                ('card', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='promotions.giftcard')),
            ],
        ),
        migrations.CreateModel(
            name='GiftCardRules',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('products', models.JSONField(blank=True, default=list)),
                ('country', models.CharField(blank=True, default='', max_length=2)),
                ('months', models.IntegerField(blank=True, null=True)),
                ('post_template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='content.template')),
                ('template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='content.template')),
            ],
        ),
        migrations.CreateModel(
            name='Promotion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.CharField(blank=True, default='', max_length=500)),
                ('state', models.CharField(choices=[('active', 'Active'), ('stopped', 'Stopped')], default='active', max_length=8)),
                ('kind', models.CharField(choices=[('percent', 'Percentage off'), ('amount', 'Amount off'), ('free_shipping', 'Free shipping'), ('product', 'Free product')], max_length=16)),
                ('percent', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True)),
                ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('most_discount', models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                ('free_quantity', models.IntegerField(default=1)),
                ('products', models.JSONField(blank=True, default=list)),
                ('categories', models.JSONField(blank=True, default=list)),
                ('first_order', models.BooleanField(default=False)),
                ('minimum', models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                ('minimum_quantity', models.IntegerField(blank=True, null=True)),
                ('issuing', models.CharField(choices=[('single', 'A code of their own, made when it is needed'), ('pool', 'One of the codes that are there'), ('shared', 'The shared code')], default='single', max_length=8)),
                ('combines', models.BooleanField(default=False)),
                ('starts_at', models.DateTimeField(blank=True, null=True)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('valid_days', models.IntegerField(blank=True, null=True)),
                ('remind_days', models.IntegerField(blank=True, null=True)),
                ('person_limit', models.IntegerField(blank=True, null=True)),
                ('total_limit', models.IntegerField(blank=True, null=True)),
                ('budget', models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                ('uses', models.IntegerField(default=0)),
                ('spent', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('segment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='segments.segment')),
            ],
        ),
        migrations.CreateModel(
            name='FailedTry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(max_length=40)),
                ('code', models.CharField(max_length=64)),
                ('client', models.CharField(blank=True, default='', max_length=64)),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='people.person')),
                ('promotion', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='failed_tries', to='promotions.promotion')),
            ],
        ),
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=64, unique=True)),
                ('written', models.CharField(blank=True, db_default='', default='', max_length=64)),
                ('max_uses', models.IntegerField(blank=True, db_default=1, default=1, null=True)),
                ('uses', models.IntegerField(db_default=0, default=0)),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('blocked', models.BooleanField(db_default=False, default=False)),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('expired_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='promotions.codebatch')),
                ('person', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='coupons', to='people.person')),
                ('promotion', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='coupons', to='promotions.promotion')),
            ],
        ),
        migrations.AddField(
            model_name='codebatch',
            name='promotion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='batches', to='promotions.promotion'),
        ),
        migrations.CreateModel(
            name='Redemption',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('reserved', 'Reserved'), ('redeemed', 'Redeemed'), ('released', 'Released'), ('lapsed', 'Lapsed'), ('cancelled', 'Cancelled')], max_length=9)),
                ('store', models.CharField(max_length=64)),
                ('order_ref', models.CharField(blank=True, default='', max_length=254)),
                ('cart_ref', models.CharField(blank=True, default='', max_length=254)),
                ('discount', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('at', models.DateTimeField()),
                ('reserved_until', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=254)),
                ('observed', models.BooleanField(default=False)),
                ('objection', models.CharField(blank=True, default='', max_length=40)),
                ('holder', models.CharField(blank=True, default='', max_length=64)),
                ('address', models.CharField(blank=True, default='', max_length=64)),
                ('client', models.CharField(blank=True, default='', max_length=64)),
                ('coupon', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='redemptions', to='promotions.coupon')),
                ('person', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='redemptions', to='people.person')),
                ('promotion', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='redemptions', to='promotions.promotion')),
            ],
        ),
        migrations.AddIndex(
            model_name='giftcard',
            index=models.Index(fields=['-created_at', 'id'], name='promotions_gift_recent'),
        ),
        migrations.AddIndex(
            model_name='giftcard',
            index=models.Index(condition=models.Q(('balance__gt', 0), models.Q(('expires_at', None), _negated=True)), fields=['expires_at'], name='promotions_gift_ending'),
        ),
        migrations.AddIndex(
            model_name='giftcard',
            index=models.Index(condition=models.Q(('ordered_at', None), models.Q(('deliver_at', None), _negated=True)), fields=['deliver_at'], name='promotions_gift_due'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.CheckConstraint(condition=models.Q(('balance__gte', 0)), name='promotions_gift_balance'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('key',), name='promotions_gift_once'),
        ),
        migrations.AddConstraint(
            model_name='giftcard',
            constraint=models.UniqueConstraint(condition=models.Q(('order', None), _negated=True), fields=('order', 'position'), name='promotions_gift_sold_once'),
        ),
        migrations.AddIndex(
            model_name='giftcardentry',
            index=models.Index(fields=['card', '-at', '-id'], name='promotions_gift_entries'),
        ),
        migrations.AddIndex(
            model_name='giftcardentry',
            index=models.Index(condition=models.Q(('order_ref', ''), _negated=True), fields=['store', 'order_ref'], name='promotions_gift_order'),
        ),
        migrations.AddIndex(
            model_name='giftcardentry',
            index=models.Index(fields=['at'], name='promotions_gift_entry_at'),
        ),
        migrations.AddConstraint(
            model_name='giftcardentry',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('card', 'key'), name='promotions_gift_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='giftcardrules',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='promotions_gift_rules_one_row'),
        ),
        migrations.AddIndex(
            model_name='promotion',
            index=models.Index(fields=['-created_at', 'id'], name='promotions_recent'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('spent__gte', 0), ('uses__gte', 0)), name='promotions_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='promotion',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at', None), ('starts_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='promotions_period'),
        ),
        migrations.AddIndex(
            model_name='failedtry',
            index=models.Index(fields=['-at', 'id'], name='promotions_failed_recent'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(fields=['promotion', '-id'], name='promotions_coupon_promotion'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('blocked', False), ('max_uses', 1), ('person', None), ('uses', 0)), fields=['promotion', 'id'], name='promotions_coupon_free'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('person', None), _negated=True), fields=['person'], name='promotions_coupon_person'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('expired_at', None), models.Q(('person', None), _negated=True), models.Q(('expires_at', None), _negated=True)), fields=['expires_at'], name='promotions_coupon_expiring'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('uses__gte', 0), models.Q(('max_uses', None), ('uses__lte', models.F('max_uses')), _connector='OR')), name='promotions_coupon_uses'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['-at', 'id'], name='promotions_redemption_recent'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['promotion', '-at'], name='promotions_redemption_promo'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['store', 'order_ref'], name='promotions_redemption_by_order'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(condition=models.Q(('cart_ref', ''), _negated=True), fields=['store', 'cart_ref'], name='promotions_redemption_by_cart'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(fields=['person', 'promotion'], name='promotions_redemption_person'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(condition=models.Q(('holder', ''), _negated=True), fields=['holder', 'promotion'], name='promotions_redemption_holder'),
        ),
        migrations.AddIndex(
            model_name='redemption',
            index=models.Index(condition=models.Q(('state', 'reserved')), fields=['reserved_until'], name='promotions_redemption_held'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'redeemed')), fields=('coupon', 'store', 'order_ref'), name='promotions_redemption_order'),
        ),
        migrations.AddConstraint(
            model_name='redemption',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'reserved')), fields=('coupon', 'store', 'cart_ref'), name='promotions_redemption_cart'),
        ),
        *_operations.AFTER,
    ]
