"""What indexes in memory hold of listings that were written together, made by who wrote them.

The table is not written to the log of PostgreSQL: after a crash it is empty, and listings are read row by row.
Whoever changes a listing in the same transaction afterwards, or under the same number of one, as after a
restore, takes the batch out: it no longer says what the listings say.
"""

from django.db import migrations

BATCHES = """
    CREATE UNLOGGED TABLE jobs_listingbatch (
        transaction xid8 PRIMARY KEY DEFAULT pg_current_xact_id(),
        content text NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    );
    ALTER TABLE jobs_listingbatch ALTER content SET STORAGE EXTERNAL;
    CREATE INDEX listing_batch_at ON jobs_listingbatch (at);
"""
LOG = """
    CREATE OR REPLACE FUNCTION jobs_log_listings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {first}
        IF TG_OP = 'TRUNCATE' THEN
            INSERT INTO jobs_listinglog (job_id) VALUES (NULL);
        ELSIF TG_OP = 'INSERT' THEN
            INSERT INTO jobs_listinglog (job_id) SELECT job_id FROM new_rows;
        ELSE
            INSERT INTO jobs_listinglog (job_id) SELECT job_id FROM old_rows;
        END IF;
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0013_cheaper_listings")]

    operations = [
        migrations.RunSQL(BATCHES, "DROP TABLE jobs_listingbatch"),
        migrations.RunSQL(
            LOG.format(first="DELETE FROM jobs_listingbatch WHERE transaction = pg_current_xact_id();"),
            LOG.format(first=""),
        ),
    ]
