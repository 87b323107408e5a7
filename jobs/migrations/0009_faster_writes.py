"""Jobs are found by their external id alone, and writing jobs and listings costs less.

What goes are indexes that others serve: by company, and by the beginning of a public id, whose collation
is C already. The words of new listings wait in a list of at most 128 kB, which every search reads as well,
until they are written to the index together: word by word this was half of what a listing cost.
"""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


def unique_by(first: str, second: str) -> list[str]:
    """Replace the unique index of external ids by one of these columns; there is one at every moment."""
    return [
        "DROP INDEX CONCURRENTLY IF EXISTS job_external_id_unique_new",  # of a run that broke off
        f"CREATE UNIQUE INDEX CONCURRENTLY job_external_id_unique_new ON jobs_job ({first}, {second})"
        " WHERE NOT external_id = ''",
        "DROP INDEX CONCURRENTLY job_external_id_unique",
        "ALTER INDEX job_external_id_unique_new RENAME TO job_external_id_unique",
    ]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0008_listing_log")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    unique_by("external_id", "company_id"), unique_by("company_id", "external_id")
                )
            ],
            [
                migrations.RemoveConstraint("job", "job_external_id_unique"),
                migrations.AddConstraint(
                    "job",
                    models.UniqueConstraint(
                        fields=["external_id", "company"],
                        condition=~models.Q(external_id=""),
                        name="job_external_id_unique",
                    ),
                ),
            ],
        ),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY jobs_job_company_id_1f42ea7c",
                    "CREATE INDEX CONCURRENTLY jobs_job_company_id_1f42ea7c ON jobs_job (company_id)",
                )
            ],
            [
                migrations.AlterField(
                    "job",
                    "company",
                    models.ForeignKey(
                        "jobs.company",
                        db_index=False,
                        on_delete=models.deletion.CASCADE,
                        related_name="jobs",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY jobs_job_public_id_b9bd3048_like",
            "CREATE INDEX CONCURRENTLY jobs_job_public_id_b9bd3048_like"
            " ON jobs_job (public_id varchar_pattern_ops)",
        ),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "ALTER INDEX listing_document SET (fastupdate = on, gin_pending_list_limit = 128)",
                    "ALTER INDEX listing_document SET (fastupdate = off)",
                )
            ],
            [
                migrations.RemoveIndex("listing", "listing_document"),
                migrations.AddIndex(
                    "listing",
                    GinIndex(
                        fields=["document"],
                        name="listing_document",
                        fastupdate=True,
                        gin_pending_list_limit=128,
                    ),
                ),
            ],
        ),
    ]
