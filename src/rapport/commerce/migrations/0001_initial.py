import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaleSubjects',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('subjects', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name_plural': 'stale subjects',
            },
        ),
        migrations.CreateModel(
            name='CommerceFact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('subject', models.UUIDField()),
                ('about', models.CharField(max_length=12)),
                ('key', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('event', models.CharField(max_length=200)),
                ('message_id', models.CharField(max_length=100)),
                ('source', models.CharField(max_length=120)),
                ('is_public', models.BooleanField()),
                ('is_known', models.BooleanField()),
                ('home', models.UUIDField(null=True)),
                ('store', models.CharField(max_length=64)),
                ('external_id', models.CharField(max_length=254)),
                ('content', models.TextField()),
            ],
            options={
                'indexes': [models.Index(fields=['subject'], name='commerce_fact_subject'), models.Index(condition=models.Q(('home__isnull', False)), fields=['home'], name='commerce_fact_home')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('store', models.CharField(blank=True, default='', max_length=64)),
                ('external_id', models.CharField(max_length=254)),
                ('home', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('incomplete', 'Not seen yet'), ('open', 'Open'), ('part_shipped', 'Partly sent'), ('shipped', 'Sent'), ('delivered', 'Delivered'), ('part_returned', 'Partly returned'), ('returned', 'Returned'), ('cancelled', 'Cancelled')], max_length=16)),
                ('payment_state', models.CharField(blank=True, choices=[('', 'Not told'), ('pending', 'Pending'), ('part_paid', 'Partly paid'), ('paid', 'Paid'), ('failed', 'Failed'), ('part_refunded', 'Partly refunded'), ('refunded', 'Refunded')], default='', max_length=16)),
                ('placed_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('cancel_reason', models.CharField(blank=True, default='', max_length=254)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('subtotal', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('discount', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('shipping', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('tax', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('total', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('paid', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('refunded', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('net', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('items', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('coupons', models.JSONField(default=list)),
                ('channel', models.CharField(blank=True, default='', max_length=120)),
                ('country', models.CharField(blank=True, default='', max_length=2)),
                ('cart_ref', models.CharField(blank=True, default='', max_length=254)),
                ('subscription_ref', models.CharField(blank=True, default='', max_length=254)),
                ('problems', models.JSONField(default=list)),
                ('expected_at', models.DateTimeField(null=True)),
                ('projected_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('company', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='orders', to='people.company')),
                ('person', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='orders', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='Cart',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('subject', models.UUIDField(db_index=True)),
                ('number', models.IntegerField(default=1)),
                ('store', models.CharField(blank=True, default='', max_length=64)),
                ('external_id', models.CharField(blank=True, default='', max_length=254)),
                ('home', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('checkout', 'At checkout'), ('abandoned', 'Abandoned'), ('ordered', 'Ordered'), ('empty', 'Empty')], max_length=16)),
                ('opened_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('checkout_at', models.DateTimeField(null=True)),
                ('checkout_step', models.CharField(blank=True, default='', max_length=20)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('total', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('items', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('lines', models.JSONField(default=list)),
                ('coupons', models.JSONField(default=list)),
                ('version', models.CharField(default='', max_length=16)),
                ('abandoned_version', models.CharField(blank=True, default='', max_length=16)),
                ('abandoned_at', models.DateTimeField(null=True)),
                ('waiting_since', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='carts', to='people.person')),
                ('order', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='carts', to='commerce.order')),
            ],
        ),
        migrations.CreateModel(
            name='OrderLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.IntegerField()),
                ('product_ref', models.CharField(blank=True, default='', max_length=120)),
                ('sku', models.CharField(blank=True, default='', max_length=120)),
                ('variant_ref', models.CharField(blank=True, default='', max_length=120)),
                ('name', models.CharField(blank=True, default='', max_length=254)),
                ('category', models.CharField(blank=True, default='', max_length=254)),
                ('brand', models.CharField(blank=True, default='', max_length=120)),
                ('quantity', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('price', models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                ('discount', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('tax', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('amount', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('returned', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='commerce.order')),
            ],
        ),
        migrations.CreateModel(
            name='OrderSettings',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('tells_abandoned', models.BooleanField(default=True)),
                ('cart_minutes', models.PositiveIntegerField(default=60)),
                ('checkout_minutes', models.PositiveIntegerField(default=30)),
                ('stores', models.JSONField(blank=True, default=dict)),
            ],
            options={
                'verbose_name_plural': 'order settings',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='commerce_order_settings_one_row')],
            },
        ),
        migrations.CreateModel(
            name='Parcel',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('reference', models.CharField(blank=True, default='', max_length=254)),
                ('at', models.DateTimeField()),
                ('carrier', models.CharField(blank=True, default='', max_length=80)),
                ('tracking', models.CharField(blank=True, default='', max_length=100)),
                ('tracking_url', models.CharField(blank=True, default='', max_length=1000)),
                ('state', models.CharField(blank=True, default='', max_length=40)),
                ('expected_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('lines', models.JSONField(default=list)),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='commerce.order')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('reference', models.CharField(blank=True, default='', max_length=254)),
                ('at', models.DateTimeField()),
                ('amount', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('method', models.CharField(blank=True, default='', max_length=80)),
                ('failed', models.BooleanField(default=False)),
                ('reason', models.CharField(blank=True, default='', max_length=254)),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='commerce.order')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('reference', models.CharField(blank=True, default='', max_length=254)),
                ('at', models.DateTimeField()),
                ('amount', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('reason', models.CharField(blank=True, default='', max_length=254)),
                ('lines', models.JSONField(default=list)),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='commerce.order')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Return',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('reference', models.CharField(blank=True, default='', max_length=254)),
                ('at', models.DateTimeField()),
                ('state', models.CharField(choices=[('requested', 'Requested'), ('approved', 'Approved'), ('received', 'Received'), ('rejected', 'Declined')], max_length=16)),
                ('reason', models.CharField(blank=True, default='', max_length=254)),
                ('is_exchange', models.BooleanField(default=False)),
                ('replaced_by', models.CharField(blank=True, default='', max_length=254)),
                ('lines', models.JSONField(default=list)),
                ('order', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='%(class)ss', to='commerce.order')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('store', models.CharField(blank=True, default='', max_length=64)),
                ('external_id', models.CharField(max_length=254)),
                ('home', models.UUIDField(null=True)),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('failing', 'Payment failed'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], max_length=16)),
                ('plan', models.CharField(blank=True, default='', max_length=120)),
                ('interval', models.CharField(blank=True, default='', max_length=40)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('amount', models.DecimalField(decimal_places=4, default=0, max_digits=19)),
                ('started_at', models.DateTimeField()),
                ('renewed_at', models.DateTimeField(null=True)),
                ('renews_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('renewals', models.IntegerField(default=0)),
                ('reason', models.CharField(blank=True, default='', max_length=254)),
                ('person', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='subscriptions', to='people.person')),
            ],
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['-placed_at', 'id'], name='commerce_order_recent'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['person', '-placed_at'], name='commerce_order_person'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('expected_at__isnull', False)), fields=['expected_at'], name='commerce_order_expected'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('cart_ref', ''), _negated=True), fields=['cart_ref'], name='commerce_order_cart'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('external_id'), name='gin_trgm_ops'), name='commerce_order_number_trgm'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(fields=('store', 'external_id'), name='commerce_order_unique'),
        ),
        migrations.AddIndex(
            model_name='cart',
            index=models.Index(fields=['-changed_at', 'id'], name='commerce_cart_recent'),
        ),
        migrations.AddIndex(
            model_name='cart',
            index=models.Index(condition=models.Q(('waiting_since__isnull', False)), fields=['waiting_since'], name='commerce_cart_waiting'),
        ),
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(fields=['product_ref'], name='commerce_line_product'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(fields=['-at', 'id'], name='commerce_return_recent'),
        ),
        migrations.AddConstraint(
            model_name='subscription',
            constraint=models.UniqueConstraint(fields=('store', 'external_id'), name='commerce_subscription_unique'),
        ),
    ]
