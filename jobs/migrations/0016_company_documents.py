"""The words of a company are written once, not with each of its listings.

Listings from before have them in their own documents, where they are found as well; `refresh_listings` takes
them out.

`jobs_employers` returns what the text of a tsquery needs to find the listings of all companies that match another
one. It is declared immutable, which it is not: so PostgreSQL asks it once, while it plans a statement, and plans
with what it said. It must stand in no index, and in no statement that is planned before it is run.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

EMPLOYERS = """
    CREATE FUNCTION jobs_employers(query text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    BEGIN
        RETURN (
            SELECT coalesce(string_agg(format(' | %L', 'e/' || company_id), ''), '')
            FROM jobs_companydocument WHERE document @@ query::tsquery
        );
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0015_cheaper_imports")]

    operations = [
        migrations.CreateModel(
            "CompanyDocument",
            [
                (
                    "company",
                    models.OneToOneField(
                        "jobs.company",
                        models.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                    ),
                ),
                ("document", SearchVectorField()),
            ],
            options={"indexes": [GinIndex(fields=["document"], name="company_document", fastupdate=False)]},
        ),
        migrations.RunSQL(EMPLOYERS, "DROP FUNCTION jobs_employers(text)"),
    ]
