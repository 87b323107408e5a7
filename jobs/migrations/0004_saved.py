import django.db.models.deletion
import django.utils.timezone
import jobsphere.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0003_daily_views_and_logos'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='jobs.job')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_jobs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['user', '-id'], name='saved_job_newest')],
                'constraints': [models.UniqueConstraint(fields=('user', 'job'), name='saved_job_unique')],
            },
        ),
        migrations.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', jobsphere.ids.PublicIdField('srch')),
                ('name', models.CharField(max_length=100)),
                ('query_string', models.CharField(blank=True, help_text='As jobs.web.search writes it, without page and order, so that equal searches are equal.', max_length=1000)),
                ('alerts', models.BooleanField(default=False, help_text='Whether new jobs are mailed, once a day.')),
                ('seen_at', models.DateTimeField(default=django.utils.timezone.now, help_text='Jobs posted since then are new.')),
                ('alerted_at', models.DateTimeField(blank=True, help_text='Jobs posted until then were mailed, or were there before.', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_searches', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'saved searches',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('alerts', True)), fields=['alerted_at'], name='saved_search_alerts')],
                'constraints': [models.UniqueConstraint(fields=('user', 'query_string'), name='saved_search_unique')],
            },
        ),
    ]
