"""Writing many listings costs less.

The log of listings has one entry for each statement, with the keys of all that it changed, in place of one for
each listing. `job_id` stays, empty, for workers that still run the code of before: to them all may have changed.

Listings and events of jobs are written by who wrote or holds the job, and no job is ever erased: a check that it
is there would find nothing (docs/decisions/search-at-scale.md).
"""

from django.db import migrations, models

LOG = """
    CREATE OR REPLACE FUNCTION jobs_log_listings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM jobs_listingbatch WHERE transaction = pg_current_xact_id();
        {entry}
        RETURN NULL;
    END $$;
"""
BY_STATEMENT = """
        IF TG_OP = 'TRUNCATE' THEN
            INSERT INTO jobs_listinglog (job_ids) VALUES ('{NULL}');
        ELSIF TG_OP = 'INSERT' THEN
            INSERT INTO jobs_listinglog (job_ids) SELECT array_agg(job_id) FROM new_rows HAVING count(*) > 0;
        ELSE
            INSERT INTO jobs_listinglog (job_ids) SELECT array_agg(job_id) FROM old_rows HAVING count(*) > 0;
        END IF;
"""
BY_LISTING = """
        IF TG_OP = 'TRUNCATE' THEN
            INSERT INTO jobs_listinglog (job_id) VALUES (NULL);
        ELSIF TG_OP = 'INSERT' THEN
            INSERT INTO jobs_listinglog (job_id) SELECT job_id FROM new_rows;
        ELSE
            INSERT INTO jobs_listinglog (job_id) SELECT job_id FROM old_rows;
        END IF;
"""
KEYS = """
    ALTER TABLE jobs_listinglog ADD job_ids bigint[];
    ALTER TABLE jobs_listinglog ALTER job_ids SET STORAGE EXTERNAL;
    COMMENT ON COLUMN jobs_listinglog.job_id IS 'of entries from before job_ids, which are gone after an hour';
    COMMENT ON COLUMN jobs_listinglog.job_ids IS 'holds NULL: all listings may have changed';
"""
NO_KEYS = """
    ALTER TABLE jobs_listinglog DROP job_ids;
    COMMENT ON COLUMN jobs_listinglog.job_id IS 'NULL: all listings may have changed';
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0014_listing_batches")]

    operations = [
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(LOG.format(entry=BY_STATEMENT), LOG.format(entry=BY_LISTING)),
        migrations.AlterField(
            "listing",
            "job",
            models.OneToOneField(
                "jobs.job",
                db_constraint=False,
                on_delete=models.deletion.CASCADE,
                primary_key=True,
                related_name="listing",
                serialize=False,
            ),
        ),
        migrations.AlterField(
            "jobevent",
            "job",
            models.ForeignKey(
                "jobs.job", db_constraint=False, on_delete=models.deletion.CASCADE, related_name="events"
            ),
        ),
    ]
