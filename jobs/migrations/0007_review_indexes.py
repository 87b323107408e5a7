from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('jobs', '0006_reports'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('moderation', 'unreviewed'), ('status', 'published')), fields=['-review_priority', '-posted_at', '-id'], name='job_review_queue'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('moderation', 'unreviewed'), ('review_priority__gt', 0), ('status', 'published')), fields=['posted_at'], name='job_review_oldest'),
        ),
        AddIndexConcurrently(
            model_name='job',
            index=models.Index(condition=models.Q(('description_digest__isnull', False), ('posted_at__isnull', False)), fields=['description_digest', 'id'], name='job_by_text'),
        ),
    ]
