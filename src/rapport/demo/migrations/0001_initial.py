import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
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
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.IntegerField(default=0)),
                ('attempts', models.IntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_error', models.TextField(blank=True, default='')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('path', models.CharField(blank=True, default='', max_length=100)),
                ('payload', models.JSONField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('refused', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ShopStock',
            fields=[
                ('code', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('left', models.PositiveIntegerField()),
                ('empty_since', models.DateTimeField(blank=True, null=True)),
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
                'indexes': [models.Index(fields=['-id'], name='demo_mail_recent')],
            },
        ),
        migrations.CreateModel(
            name='DemoShop',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('website_key', models.CharField(max_length=64)),
                ('server_key', models.CharField(max_length=64)),
                ('api_key', models.TextField(blank=True, default='')),
                ('history_until', models.DateTimeField()),
                ('history_batches', models.IntegerField(default=0)),
                ('history_events', models.IntegerField(default=0)),
                ('history_done_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='demo_shop_one_row')],
            },
        ),
        migrations.CreateModel(
            name='ShopOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254)),
                ('name', models.CharField(max_length=120)),
                ('address', models.TextField()),
                ('total', models.DecimalField(decimal_places=2, max_digits=10)),
                ('coupon', models.CharField(blank=True, default='', max_length=64)),
                ('discount', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ('gift_card', models.CharField(blank=True, default='', max_length=64)),
                ('gift_paid', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ('gift_back', models.DecimalField(decimal_places=2, default=0, max_digits=10)),
                ('anonymous_id', models.CharField(blank=True, default='', max_length=100)),
                ('placed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('shipped_at', models.DateTimeField(blank=True, null=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='orders', to='demo.shopaccount')),
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
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='demo.shoporder')),
            ],
        ),
        migrations.CreateModel(
            name='ShopReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('requested_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(blank=True, null=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='returns', to='demo.shoporder')),
            ],
        ),
        migrations.CreateModel(
            name='ShopReturnPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField()),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='returned', to='demo.shoporderline')),
                ('shop_return', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='demo.shopreturn')),
            ],
        ),
    ]
