"""A log of the listings that each transaction changed, for indexes in memory to follow."""

from django.db import migrations

LOG = """
    CREATE TABLE jobs_listinglog (
        transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
        job_id bigint,
        at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON COLUMN jobs_listinglog.job_id IS 'NULL: all listings may have changed';
    CREATE INDEX listing_log_transaction ON jobs_listinglog (transaction);
    CREATE INDEX listing_log_at ON jobs_listinglog USING brin (at);
    CREATE FUNCTION jobs_log_listings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            INSERT INTO jobs_listinglog (job_id) VALUES (NULL);
        ELSIF TG_OP = 'INSERT' THEN
            INSERT INTO jobs_listinglog (job_id) SELECT job_id FROM new_rows;
        ELSE
            INSERT INTO jobs_listinglog (job_id) SELECT job_id FROM old_rows;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER log_insert AFTER INSERT ON jobs_listing REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_log_listings();
    CREATE TRIGGER log_update AFTER UPDATE ON jobs_listing REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_log_listings();
    CREATE TRIGGER log_delete AFTER DELETE ON jobs_listing REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_log_listings();
    CREATE TRIGGER log_truncate AFTER TRUNCATE ON jobs_listing
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_log_listings();
"""
FORGET = "DROP FUNCTION jobs_log_listings() CASCADE; DROP TABLE jobs_listinglog;"


class Migration(migrations.Migration):
    dependencies = [("jobs", "0007_review_indexes")]

    operations = [migrations.RunSQL(LOG, FORGET)]
