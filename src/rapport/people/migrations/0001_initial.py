import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from rapport.people.migrations import _operations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *_operations.BEFORE,
        migrations.CreateModel(
            name='IdentifierType',
            fields=[
                ('key', models.SlugField(max_length=32, primary_key=True, serialize=False)),
                ('label', models.CharField(max_length=60)),
                ('normaliser', models.CharField(choices=[('text', 'Text, as it is'), ('lower', 'Text in lower case'), ('digits', 'Letters and digits only, upper case'), ('email', 'Email address'), ('phone', 'Phone number')], default='text', max_length=12)),
                ('most', models.PositiveIntegerField(default=5)),
                ('period', models.CharField(choices=[('ever', 'for ever'), ('day', 'per day'), ('week', 'per week'), ('month', 'per 30 days')], default='ever', max_length=8)),
                ('priority', models.PositiveIntegerField()),
                ('merges', models.BooleanField(default=True)),
                ('unique', models.BooleanField(default=True)),
                ('identifies', models.BooleanField(default=False)),
                ('trait', models.CharField(blank=True, default='', max_length=100)),
                ('blocked_values', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=254), blank=True, default=list, size=None)),
                ('blocked_pattern', models.CharField(blank=True, default='', max_length=500)),
            ],
            options={
                'ordering': ['priority', 'key'],
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('is_identified', models.BooleanField(default=False)),
                ('name', models.CharField(blank=True, default='', max_length=254)),
                ('email', models.CharField(blank=True, default='', max_length=254)),
                ('traits', models.JSONField(default=dict)),
                ('trait_facts', models.JSONField(default=dict)),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('restricted_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.BigIntegerField(default=1)),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.person')),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.team')),
            ],
            options={
                'verbose_name_plural': 'people',
            },
        ),
        migrations.CreateModel(
            name='RelationshipType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(max_length=40, unique=True)),
                ('label', models.CharField(max_length=80)),
                ('inverse', models.CharField(blank=True, default='', max_length=80)),
                ('with_company', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ChangeSet',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('division', models.SmallIntegerField(db_default=0, default=0)),
                ('people', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('signatures', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('after_block', models.BigIntegerField(db_default=0, default=0)),
                ('since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'indexes': [models.Index(fields=['division', 'id'], name='people_changeset_division')],
            },
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('group_id', models.CharField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, default='', max_length=254)),
                ('traits', models.JSONField(default=dict)),
                ('trait_facts', models.JSONField(default=dict)),
                ('domains', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), blank=True, default=list, size=None)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('owner', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='subsidiaries', to='people.company')),
                ('team', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.team')),
            ],
            options={
                'verbose_name_plural': 'companies',
            },
        ),
        migrations.CreateModel(
            name='UnmergedProfile',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='unmerged_profile', serialize=False, to='people.person')),
                ('traits', models.JSONField(default=dict)),
                ('trait_facts', models.JSONField(default=dict)),
                ('first_seen_at', models.DateTimeField()),
                ('last_seen_at', models.DateTimeField()),
                ('pinned', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.CreateModel(
            name='NotSame',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, default='', max_length=254)),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lifted_by', models.CharField(blank=True, default='', max_length=254)),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
                ('other', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.person')),
            ],
            options={
                'verbose_name_plural': 'not same',
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('survivor_node', models.UUIDField(null=True)),
                ('absorbed_node', models.UUIDField(null=True)),
                ('merged_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('rule', models.CharField(max_length=64)),
                ('evidence', models.JSONField(default=dict)),
                ('snapshot', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone_by', models.CharField(blank=True, default='', max_length=254)),
                ('absorbed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges_lost', to='people.person')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges_won', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=32)),
                ('value', models.CharField(max_length=254)),
                ('first_seen_at', models.DateTimeField()),
                ('source', models.CharField(blank=True, default='', max_length=120)),
                ('home', models.UUIDField(blank=True, null=True)),
                ('message_id', models.CharField(blank=True, db_default='', default='', max_length=100)),
                ('came_with', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, null=True, size=None)),
                ('is_vouched', models.BooleanField(db_default=False, default=False)),
                ('person', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='identifiers', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='CompanyMember',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('role', models.CharField(blank=True, default='', max_length=120)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.company')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='people.person')),
            ],
        ),
        migrations.AddField(
            model_name='company',
            name='members',
            field=models.ManyToManyField(related_name='companies', through='people.CompanyMember', to='people.person'),
        ),
        migrations.CreateModel(
            name='RejectedFact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('entity', models.CharField(choices=[('person', 'Person'), ('company', 'Company')], max_length=8)),
                ('subject_id', models.UUIDField()),
                ('trait', models.CharField(max_length=100)),
                ('source', models.CharField(max_length=254)),
                ('value', models.JSONField(null=True)),
                ('reason', models.CharField(max_length=500)),
                ('message_id', models.CharField(blank=True, default='', max_length=254)),
                ('at', models.DateTimeField()),
                ('times', models.PositiveIntegerField(default=1)),
            ],
            options={
                'indexes': [models.Index(fields=['entity', 'trait', 'source'], name='people_rejected_by_trait')],
                'constraints': [models.UniqueConstraint(fields=('subject_id', 'trait', 'source', 'entity'), name='people_rejectedfact_unique')],
            },
        ),
        migrations.CreateModel(
            name='Relationship',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=40)),
                ('since', models.DateField(blank=True, null=True)),
                ('until', models.DateField(blank=True, null=True)),
                ('note', models.CharField(blank=True, default='', max_length=254)),
                ('source', models.CharField(blank=True, default='', max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('other_company', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='relationships', to='people.company')),
                ('other_person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='relationships_inverse', to='people.person')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='relationships', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='SharedIdentifier',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=32)),
                ('value', models.CharField(max_length=254)),
                ('first_seen_at', models.DateTimeField()),
                ('source', models.CharField(blank=True, default='', max_length=120)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shared_identifiers', to='people.person')),
            ],
        ),
        migrations.CreateModel(
            name='SourceRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entity', models.CharField(choices=[('person', 'Person'), ('company', 'Company')], max_length=8)),
                ('trait', models.CharField(blank=True, default='', max_length=100)),
                ('sources', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=140), default=list, size=None)),
                ('stale_days', models.PositiveIntegerField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('entity', 'trait'), name='people_sourcerule_unique')],
            },
        ),
        migrations.CreateModel(
            name='TraitDefinition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entity', models.CharField(choices=[('person', 'Person'), ('company', 'Company')], max_length=8)),
                ('key', models.CharField(max_length=100)),
                ('label', models.CharField(max_length=100)),
                ('description', models.CharField(blank=True, default='', max_length=500)),
                ('kind', models.CharField(choices=[('text', 'Text'), ('long_text', 'Long text'), ('number', 'Number'), ('whole_number', 'Whole number'), ('money', 'Money'), ('yes_no', 'Yes or no'), ('date', 'Date'), ('date_time', 'Date and time'), ('email', 'Email address'), ('phone', 'Phone number'), ('url', 'Web address'), ('country', 'Country'), ('choice', 'Choice'), ('choices', 'Multiple choice'), ('list', 'List'), ('json', 'Structured (JSON)')], default='text', max_length=16)),
                ('options', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                ('currency', models.CharField(blank=True, default='', max_length=3)),
                ('minimum', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('maximum', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True)),
                ('pattern', models.CharField(blank=True, default='', max_length=200)),
                ('section', models.CharField(blank=True, default='', max_length=100)),
                ('position', models.IntegerField(default=100)),
                ('aliases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), blank=True, default=list, size=None)),
                ('is_required', models.BooleanField(default=False)),
                ('is_personal', models.BooleanField(default=True)),
                ('is_column', models.BooleanField(default=False)),
                ('is_read_only', models.BooleanField(default=False)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('entity', 'key'), name='people_traitdefinition_unique')],
            },
        ),
        migrations.CreateModel(
            name='TraitPolicy',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('token', models.UUIDField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='people_traitpolicy_one_row')],
            },
        ),
        migrations.CreateModel(
            name='TraitRecompute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('entity', models.CharField(choices=[('person', 'Person'), ('company', 'Company')], max_length=8)),
                ('reason', models.CharField(max_length=200)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('after', models.UUIDField(null=True)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.job')),
            ],
        ),
        migrations.CreateModel(
            name='CompanyDomain',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('domain', models.CharField(db_index=True, max_length=254)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='known_domains', to='people.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('company', 'domain'), name='people_company_domain_once')],
            },
        ),
        migrations.CreateModel(
            name='CompanyMerge',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('merged_at', models.DateTimeField()),
                ('rule', models.CharField(max_length=64)),
                ('merged_by', models.CharField(blank=True, default='', max_length=254)),
                ('snapshot', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone_by', models.CharField(blank=True, default='', max_length=254)),
                ('absorbed', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_lost', to='people.company')),
                ('survivor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_won', to='people.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('absorbed',), name='people_company_merged_once')],
            },
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('owner__isnull', False)), fields=['owner'], name='people_person_owner'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('team__isnull', False)), fields=['team'], name='people_person_team'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('erased_at', None), ('merged_into', None)), fields=['-last_seen_at', 'id'], name='people_person_recent'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('erased_at', None), ('merged_into', None)), fields=['-first_seen_at', 'id'], name='people_person_first_seen'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('erased_at', None), ('merged_into', None)), fields=['name', 'id'], name='people_person_name'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='people_person_merged'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='people_person_name_trgm'),
        ),
        migrations.AddIndex(
            model_name='person',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('email'), name='gin_trgm_ops'), name='people_person_email_trgm'),
        ),
        migrations.AddIndex(
            model_name='merge',
            index=models.Index(fields=['recorded_at'], name='people_merge_recorded'),
        ),
        migrations.AddConstraint(
            model_name='identifier',
            constraint=models.UniqueConstraint(fields=('type', 'value'), name='people_identifier_unique'),
        ),
        migrations.AddConstraint(
            model_name='companymember',
            constraint=models.UniqueConstraint(fields=('company', 'person'), name='people_member_unique'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=models.Index(condition=models.Q(('owner__isnull', False)), fields=['owner'], name='people_company_owner'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=models.Index(condition=models.Q(('team__isnull', False)), fields=['team'], name='people_company_team'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=models.Index(fields=['-updated_at', 'id'], name='people_company_recent'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=models.Index(fields=['name', 'id'], name='people_company_name'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('name'), name='gin_trgm_ops'), name='people_company_name_trgm'),
        ),
        migrations.AddIndex(
            model_name='company',
            index=django.contrib.postgres.indexes.GinIndex(fields=['domains'], name='people_company_domains'),
        ),
        migrations.AddConstraint(
            model_name='company',
            constraint=models.CheckConstraint(condition=models.Q(('pk', models.F('parent')), _negated=True), name='people_company_not_own_parent'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.CheckConstraint(condition=models.Q(('other_person', None), ('other_company', None), _connector='XOR'), name='people_relationship_one_other'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('other_person')), _negated=True), name='people_relationship_not_self'),
        ),
        migrations.AddConstraint(
            model_name='relationship',
            constraint=models.UniqueConstraint(fields=('type', 'person', 'other_person', 'other_company'), name='people_relationship_unique', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='sharedidentifier',
            constraint=models.UniqueConstraint(fields=('type', 'value', 'person'), name='people_shared_unique'),
        ),
        *_operations.AFTER,
    ]
