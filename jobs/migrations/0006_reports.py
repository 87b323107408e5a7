import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

RIGHTS = [("reportcase", "view"), ("reportcase", "change"), ("jobreport", "view")]


def let_moderators_handle_reports(apps, schema_editor):
    """Give the new rights to a group that was made before there were reports; later ones have them."""
    group = apps.get_model("auth", "Group").objects.filter(name="Moderator").first()
    if group is None:
        return
    for model, right in RIGHTS:
        content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
            app_label="jobs", model=model
        )
        name = {"reportcase": "reported job", "jobreport": "job report"}[model]
        permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
            content_type=content_type, codename=f"{right}_{model}", defaults={"name": f"Can {right} {name}"}
        )
        group.permissions.add(permission)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('jobs', '0005_search_at_scale'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='description_digest',
            field=models.BigIntegerField(editable=False, help_text='Finds copies of the description (`jobs.fraud.digest`).', null=True),
        ),
        migrations.AddField(
            model_name='job',
            name='review_priority',
            field=models.PositiveSmallIntegerField(default=0, editable=False, help_text='What the review queue is sorted by (`jobs.services.review`).'),
        ),
        migrations.CreateModel(
            name='ReportCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('reporters', models.PositiveIntegerField(default=0, editable=False, help_text='Networks that reported: the queue is sorted by them.')),
                ('outcome', models.CharField(blank=True, choices=[('dismissed', 'Dismissed'), ('acted', 'Acted upon')], editable=False, max_length=10)),
                ('settled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('note', models.TextField(blank=True, editable=False, help_text='Why it was decided so.')),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='report_cases', to='jobs.job')),
                ('settled_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'reported job',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['-reporters', 'opened_at', 'id'], name='report_case_queue')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled_at__isnull', True)), fields=('job',), name='report_case_open_once')],
            },
        ),
        migrations.CreateModel(
            name='JobReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('money', 'It asks for money or bank details'), ('fraud', 'The job or the employer is not real'), ('closed', 'The job is filled or gone'), ('discrimination', 'It discriminates'), ('misleading', 'Pay, place or tasks are misleading'), ('other', 'Something else')], max_length=20)),
                ('details', models.TextField(blank=True)),
                ('email', models.EmailField(blank=True, editable=False, help_text='Where to say what became of it.', max_length=254)),
                ('reporter', models.CharField(blank=True, editable=False, help_text='Keyed digest of the network it came from.', max_length=64)),
                ('reported_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='jobs.reportcase')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.RunPython(let_moderators_handle_reports, migrations.RunPython.noop),
    ]
