"""Changing a job costs less still.

Half of each new page of jobs stays free, in place of three tenths (migration 0012): where an import changes every
job of a page in one transaction, each new row finds room beside the old one, and none needs a new entry in the
ten indexes of jobs. The price is disk, of rows but not of their long texts, which lie elsewhere: jobs that never
change take more of it. Those that an import changed all at once took about as much before, as the rows that found
no room went to other pages. Pages that are full already stay as they are.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("jobs", "0016_company_documents")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE jobs_job SET (fillfactor = 50)", "ALTER TABLE jobs_job SET (fillfactor = 70)"
        )
    ]
