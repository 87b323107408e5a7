"""Small rows for search, indexes that answer alone, and a count of changes that totals are kept by.

PostgreSQL moves columns out of line only from rows of more than 2 kB, however small `toast_tuple_target`
is. So each row comes with 2 kB of spaces: they bring it over that line, the columns move out, and the
spaces themselves are compressed to 35 bytes. Django knows nothing of the column.
"""

from django.db import migrations, models

SMALL_ROWS = """
    ALTER TABLE jobs_listing SET (toast_tuple_target = 128);
    ALTER TABLE jobs_listing
        ALTER document SET STORAGE EXTERNAL,
        ALTER skills SET STORAGE EXTERNAL,
        ALTER place_ids SET STORAGE MAIN,
        ALTER location_words SET STORAGE MAIN,
        ADD COLUMN padding text NOT NULL DEFAULT repeat(' ', 2048);
    ALTER TABLE jobs_listing ALTER padding SET STORAGE MAIN;
    UPDATE jobs_listing SET padding = DEFAULT;
"""
LARGE_ROWS = """
    ALTER TABLE jobs_listing RESET (toast_tuple_target);
    ALTER TABLE jobs_listing
        DROP COLUMN padding,
        ALTER document SET STORAGE EXTENDED,
        ALTER skills SET STORAGE EXTENDED,
        ALTER place_ids SET STORAGE EXTENDED,
        ALTER location_words SET STORAGE EXTENDED;
"""
COUNT_CHANGES = """
    CREATE FUNCTION jobs_count_listing_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE jobs_listingchange SET changes = changes + 1
            WHERE id = (SELECT id FROM jobs_listingchange LIMIT 1 FOR UPDATE SKIP LOCKED);
        IF NOT FOUND THEN
            INSERT INTO jobs_listingchange (changes) VALUES (1);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON jobs_listing
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_count_listing_change();
    -- What searches are asked in, and what their answers show.
    CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON jobs_category
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_count_listing_change();
    CREATE TRIGGER count_change AFTER INSERT OR DELETE OR TRUNCATE ON jobs_placename
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_count_listing_change();
    CREATE TRIGGER count_change AFTER UPDATE OF name, logo, logo_url ON jobs_company
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_count_listing_change();
    CREATE TRIGGER count_change AFTER UPDATE OF title, location, tags ON jobs_job
        FOR EACH STATEMENT EXECUTE FUNCTION jobs_count_listing_change();
"""
COUNT_NOTHING = "DROP FUNCTION jobs_count_listing_change() CASCADE"


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_saved")]

    operations = [
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_newest",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_company",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_category",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_type",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_experience",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_remote",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_salary",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_by_salary",
        ),
        migrations.RemoveIndex(
            model_name="listing",
            name="listing_expiry",
        ),
        migrations.RunSQL(SMALL_ROWS, LARGE_ROWS),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(fields=["-posted_at", "-job"], include=("expires_at",), name="listing_newest"),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                fields=["company", "-posted_at", "-job"], include=("expires_at",), name="listing_company"
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                fields=["category", "-posted_at", "-job"], include=("expires_at",), name="listing_category"
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                fields=["type", "-posted_at", "-job"], include=("expires_at",), name="listing_type"
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                fields=["experience_level", "-posted_at", "-job"],
                include=("expires_at",),
                name="listing_experience",
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                fields=["remote", "-posted_at", "-job"], include=("expires_at",), name="listing_remote"
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                fields=["salary_currency", "salary_max"],
                include=("expires_at", "posted_at", "job"),
                name="listing_salary",
            ),
        ),
        migrations.AddIndex(
            model_name="listing",
            index=models.Index(
                models.OrderBy(models.F("salary_max"), descending=True, nulls_last=True),
                models.OrderBy(models.F("posted_at"), descending=True),
                models.OrderBy(models.F("job"), descending=True),
                include=("expires_at",),
                name="listing_by_salary",
            ),
        ),
        migrations.CreateModel(
            name="ListingChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("changes", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(COUNT_CHANGES, COUNT_NOTHING),
    ]
