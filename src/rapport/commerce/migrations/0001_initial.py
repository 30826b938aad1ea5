import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from rapport.commerce.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Catalogue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=64, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('language', models.CharField(default='en', max_length=12)),
                ('currency', models.CharField(default='GBP', max_length=3)),
                ('low_stock_at', models.IntegerField(default=5)),
                ('filled_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('path', models.CharField(max_length=1000)),
                ('catalogue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='categories', to='commerce.catalogue')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='commerce.category')),
            ],
        ),
        migrations.CreateModel(
            name='FeedRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('name', models.CharField(max_length=254)),
                ('file', models.CharField(max_length=300)),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Reading'), ('asking', 'Needs a decision'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('position', models.IntegerField(default=0)),
                ('unchanged', models.IntegerField(default=0)),
                ('added', models.IntegerField(default=0)),
                ('changed', models.IntegerField(default=0)),
                ('errors', models.IntegerField(default=0)),
                ('missing', models.IntegerField(default=0)),
                ('trouble', models.CharField(blank=True, default='', max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='FeedRowError',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.IntegerField()),
                ('reason', models.CharField(max_length=500)),
                ('cells', models.JSONField(default=dict)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='row_errors', to='commerce.feedrun')),
            ],
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('external_id', models.CharField(max_length=200)),
                ('title', models.CharField(blank=True, db_default='', max_length=500)),
                ('description', models.TextField(blank=True, db_default='')),
                ('url', models.CharField(blank=True, db_default='', max_length=2000)),
                ('brand', models.CharField(blank=True, db_default='', max_length=200)),
                ('type', models.CharField(choices=[('physical', 'Goods'), ('digital', 'Digital'), ('service', 'Service'), ('bundle', 'Bundle'), ('gift_card', 'Gift card')], db_default='physical', max_length=10)),
                ('status', models.CharField(choices=[('active', 'On sale'), ('draft', 'Draft'), ('gone', 'Gone')], db_default='active', max_length=8)),
                ('images', models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                ('attributes', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                ('texts', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                ('search', django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('catalogue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='products', to='commerce.catalogue')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='commerce.category')),
            ],
        ),
        migrations.CreateModel(
            name='ProductFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('address', models.TextField(blank=True, default='')),
                ('every_minutes', models.IntegerField(blank=True, null=True)),
                ('full', models.BooleanField(default=True)),
                ('missing', models.CharField(choices=[('gone', 'are gone'), ('sold_out', 'are sold out'), ('keep', 'stay as they are')], default='gone', max_length=8)),
                ('most_missing', models.IntegerField(default=20)),
                ('mapping', models.JSONField(blank=True, default=dict)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('trouble', models.CharField(blank=True, default='', max_length=500)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('catalogue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feeds', to='commerce.catalogue')),
            ],
        ),
        migrations.AddField(
            model_name='feedrun',
            name='feed',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='commerce.productfeed'),
        ),
        migrations.CreateModel(
            name='FeedItem',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('external_id', models.CharField(max_length=200)),
                ('hash', models.BinaryField(max_length=16)),
                ('run', models.IntegerField()),
                ('feed', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='commerce.productfeed')),
            ],
        ),
        migrations.CreateModel(
            name='ProductRelation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('accessory', 'Accessory'), ('similar', 'Similar'), ('bundle', 'Part of the bundle'), ('upgrade', 'Upgrade'), ('replacement', 'Replacement')], max_length=12)),
                ('position', models.IntegerField(default=0)),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='related_from', to='commerce.product')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='relations', to='commerce.product')),
            ],
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('word', models.CharField(max_length=40, primary_key=True, serialize=False)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['word'], name='commerce_word_alike', opclasses=['gin_trgm_ops'])],
            },
        ),
        migrations.CreateModel(
            name='Variant',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('external_id', models.CharField(max_length=200)),
                ('sku', models.CharField(blank=True, db_default='', max_length=200)),
                ('gtin', models.CharField(blank=True, db_default='', max_length=14)),
                ('label', models.CharField(blank=True, db_default='', max_length=200)),
                ('options', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
                ('image', models.CharField(blank=True, db_default='', max_length=2000)),
                ('status', models.CharField(choices=[('active', 'On sale'), ('draft', 'Draft'), ('gone', 'Gone')], db_default='active', max_length=8)),
                ('cost', models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                ('cost_currency', models.CharField(blank=True, db_default='', max_length=3)),
                ('low_stock_at', models.IntegerField(blank=True, null=True)),
                ('catalogue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='commerce.catalogue')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='variants', to='commerce.product')),
            ],
        ),
        migrations.CreateModel(
            name='Stock',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place', models.CharField(blank=True, db_default='', max_length=64)),
                ('available', models.IntegerField(blank=True, null=True)),
                ('incoming', models.IntegerField(db_default=0)),
                ('incoming_at', models.DateTimeField(blank=True, null=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('variant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='stock', to='commerce.variant')),
            ],
        ),
        migrations.CreateModel(
            name='ProductSignal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=16)),
                ('properties', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('variant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='commerce.variant')),
            ],
        ),
        migrations.CreateModel(
            name='Price',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('currency', models.CharField(max_length=3)),
                ('price_list', models.CharField(blank=True, db_default='', max_length=64)),
                ('customer_group', models.CharField(blank=True, db_default='', max_length=64)),
                ('amount', models.DecimalField(decimal_places=4, max_digits=19)),
                ('sale_amount', models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                ('sale_from', models.DateTimeField(blank=True, null=True)),
                ('sale_until', models.DateTimeField(blank=True, null=True)),
                ('valid_from', models.DateTimeField()),
                ('valid_until', models.DateTimeField(blank=True, null=True)),
                ('variant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='commerce.variant')),
            ],
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.UniqueConstraint(fields=('catalogue', 'path'), name='commerce_category_path_unique'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='commerce_product_search'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['-changed_at', 'id'], name='commerce_product_changed'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['title', 'id'], name='commerce_product_title'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.UniqueConstraint(fields=('catalogue', 'external_id'), name='commerce_product_external'),
        ),
        migrations.AddConstraint(
            model_name='feedrun',
            constraint=models.UniqueConstraint(fields=('feed', 'number'), name='commerce_feed_run_number'),
        ),
        migrations.AddConstraint(
            model_name='feeditem',
            constraint=models.UniqueConstraint(fields=('feed', 'external_id'), name='commerce_feed_item_once'),
        ),
        migrations.AddConstraint(
            model_name='productrelation',
            constraint=models.UniqueConstraint(fields=('product', 'other', 'kind'), name='commerce_relation_once'),
        ),
        migrations.AddConstraint(
            model_name='productrelation',
            constraint=models.CheckConstraint(condition=models.Q(('product', models.F('other')), _negated=True), name='commerce_relation_to_other'),
        ),
        migrations.AddIndex(
            model_name='variant',
            index=models.Index(condition=models.Q(('sku', ''), _negated=True), fields=['sku'], name='commerce_variant_sku'),
        ),
        migrations.AddIndex(
            model_name='variant',
            index=models.Index(condition=models.Q(('gtin', ''), _negated=True), fields=['gtin'], name='commerce_variant_gtin'),
        ),
        migrations.AddConstraint(
            model_name='variant',
            constraint=models.UniqueConstraint(fields=('catalogue', 'external_id'), name='commerce_variant_external'),
        ),
        migrations.AddIndex(
            model_name='stock',
            index=models.Index(condition=models.Q(('valid_until', None), _negated=True), fields=['variant', 'valid_from'], name='commerce_stock_past'),
        ),
        migrations.AddConstraint(
            model_name='stock',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_until', None)), fields=('variant', 'place'), name='commerce_stock_one_current'),
        ),
        migrations.AddConstraint(
            model_name='stock',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='commerce_stock_period'),
        ),
        migrations.AddIndex(
            model_name='price',
            index=models.Index(condition=models.Q(('valid_until', None), _negated=True), fields=['variant', 'valid_from'], name='commerce_price_past'),
        ),
        migrations.AddIndex(
            model_name='price',
            index=models.Index(condition=models.Q(('sale_from__isnull', False), ('valid_until', None)), fields=['sale_from'], name='commerce_price_sale'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.UniqueConstraint(condition=models.Q(('valid_until', None)), fields=('variant', 'currency', 'price_list', 'customer_group'), name='commerce_price_one_current'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='commerce_price_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until', None), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='commerce_price_period'),
        ),
        *_operations.AFTER,
    ]
