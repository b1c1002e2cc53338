"""Saved views, acts on many letters; and on PostgreSQL an index of three-letter pieces for the search.

Without that index a word that stands in few letters is looked for in all of them: 0.9 s among a million, measured by
`make bench` (lists). `pg_trgm` comes with PostgreSQL and may be switched on by the owner of the database; where it is
missing or not allowed the search stays right and is slower.
"""

import django.db.models.deletion
import feedback.models.vault
from django.conf import settings
from django.db import migrations, models


MAY = """
SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')
    OR (EXISTS (SELECT 1 FROM pg_available_extension_versions v, pg_roles r
                WHERE v.name = 'pg_trgm' AND r.rolname = current_user AND (v.trusted OR r.rolsuper))
        AND has_database_privilege(current_database(), 'CREATE'))
"""


def index_words(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MAY)
        if not cursor.fetchone()[0]:
            print("  pg_trgm cannot be switched on here: searching many letters will be slower.")
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS case_search_words ON feedback_case USING gin (search_text gin_trgm_ops)"
        )


def drop_words(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS case_search_words")


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0010_report_jobs'),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('verb', models.CharField(max_length=40, verbose_name='việc')),
                ('arguments', feedback.models.vault.SealedField(null=True)),
                ('asked_at', models.DateTimeField(verbose_name='lúc')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='xong lúc')),
            ],
            options={
                'verbose_name': 'việc làm với nhiều đơn',
                'verbose_name_plural': 'việc làm với nhiều đơn',
            },
        ),
        migrations.CreateModel(
            name='BatchLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('outcome', models.CharField(blank=True, choices=[('', 'Chưa làm'), ('done', 'Đã làm'), ('refused', 'Không làm được')], max_length=10)),
                ('why_vi', models.TextField(blank=True)),
                ('why_en', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='DeskStart',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='tên')),
                ('queue', models.SlugField(max_length=40, verbose_name='danh sách')),
                ('query', models.TextField(blank=True, verbose_name='bộ lọc')),
                ('created_at', models.DateTimeField(verbose_name='lưu lúc')),
            ],
            options={
                'verbose_name': 'cách xem đã lưu',
                'verbose_name_plural': 'cách xem đã lưu',
            },
        ),
        migrations.AddField(
            model_name='batch',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người làm'),
        ),
        migrations.AddField(
            model_name='batchline',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='feedback.batch'),
        ),
        migrations.AddField(
            model_name='batchline',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='feedback.case'),
        ),
        migrations.AddField(
            model_name='savedview',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL, verbose_name='người lưu'),
        ),
        migrations.AddField(
            model_name='savedview',
            name='unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='feedback.unit', verbose_name='dùng chung trong đơn vị'),
        ),
        migrations.AddField(
            model_name='deskstart',
            name='view',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='feedback.savedview'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.UniqueConstraint(fields=('by', 'key'), name='batch_once'),
        ),
        migrations.AddConstraint(
            model_name='batchline',
            constraint=models.UniqueConstraint(fields=('batch', 'case'), name='batch_line_once'),
        ),
        migrations.AddIndex(
            model_name='savedview',
            index=models.Index(condition=models.Q(('unit__isnull', False)), fields=['unit'], name='saved_view_of_unit'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='saved_view_name_once'),
        ),
        migrations.RunPython(index_words, drop_words),
    ]
