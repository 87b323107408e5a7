"""Versions that never come twice: a counter begins with the time, in microseconds.

Emptied and begun anew, or restored from a backup, counters that begin with 1 would come to numbers that they
had before, of other data.
"""

from django.db import migrations

FUNCTION = """
    CREATE OR REPLACE FUNCTION jobs_count_listing_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE jobs_listingchange SET changes = changes + 1
            WHERE id = (SELECT id FROM jobs_listingchange LIMIT 1 FOR UPDATE SKIP LOCKED);
        IF NOT FOUND THEN
            INSERT INTO jobs_listingchange (changes) VALUES ({first});
        END IF;
        RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0009_faster_writes")]

    operations = [
        migrations.RunSQL(
            FUNCTION.format(first="(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"),
            FUNCTION.format(first="1"),
        )
    ]
