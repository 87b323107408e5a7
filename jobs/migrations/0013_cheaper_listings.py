"""Listing a job costs less.

Its places, its skills and the words of its location wait to be written together with those of others, as the
words of documents do, 4 MB of each at most: a search in the database reads what waits as well.

Company and category of a listing are its job's, whose keys PostgreSQL checks: the copies need no check of
their own. Of events only those that somebody caused are indexed by who that was.
"""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

GIN_INDEXES = {"place_ids": "places", "skills": "skills", "location_words": "location_words"}


def written_together(column: str, name: str) -> migrations.SeparateDatabaseAndState:
    """Let the entries of an index wait for others; what it holds stays."""
    options = {"fastupdate": True, "gin_pending_list_limit": 4096}
    index = GinIndex(fields=[column], name=name, **options)
    return migrations.SeparateDatabaseAndState(
        [
            migrations.RunSQL(
                f"ALTER INDEX {name} SET (fastupdate = on, gin_pending_list_limit = 4096)",
                f"ALTER INDEX {name} SET (fastupdate = off); ALTER INDEX {name} RESET (gin_pending_list_limit)",
            )
        ],
        [migrations.RemoveIndex("listing", name), migrations.AddIndex("listing", index)],
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("jobs", "0012_room_to_change"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *(written_together(column, f"listing_{name}") for column, name in GIN_INDEXES.items()),
        migrations.AlterField(
            "listing",
            "company",
            models.ForeignKey(
                "jobs.company",
                db_constraint=False,
                db_index=False,
                on_delete=models.deletion.CASCADE,
                related_name="+",
            ),
        ),
        migrations.AlterField(
            "listing",
            "category",
            models.ForeignKey(
                "jobs.category",
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=models.deletion.PROTECT,
                related_name="+",
            ),
        ),
        AddIndexConcurrently(
            "jobevent",
            models.Index(
                fields=["actor"], condition=models.Q(actor__isnull=False), name="job_event_by_actor"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY jobs_jobevent_actor_id_bcfb58c6",
                    "CREATE INDEX CONCURRENTLY jobs_jobevent_actor_id_bcfb58c6 ON jobs_jobevent (actor_id)",
                )
            ],
            [
                migrations.AlterField(
                    "jobevent",
                    "actor",
                    models.ForeignKey(
                        settings.AUTH_USER_MODEL,
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=models.deletion.SET_NULL,
                        related_name="+",
                    ),
                )
            ],
        ),
    ]
