"""Where a job can be: countries, regions and cities, and every name they go by."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Place(models.Model):
    """A country, region or city, by its GeoNames id."""

    class Kind(models.TextChoices):
        COUNTRY = "country"
        REGION = "region"
        CITY = "city"

    id = models.IntegerField(primary_key=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(max_length=200)
    country_code = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    region_code = models.CharField(max_length=10, blank=True, help_text="GeoNames' first-order division.")
    population = models.BigIntegerField(help_text="People; a region's is estimated from its cities.")
    ancestor_ids = ArrayField(models.IntegerField(), help_text="The country, and the region, it lies in.")

    class Meta:
        app_label = "jobs"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["country", "region", "city"]), name="place_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlaceName(models.Model):
    """A name of a place, as `jobs.places.normalise` writes it.

    The primary key's index, in the C collation, serves equality and prefixes alike.
    """

    pk = models.CompositePrimaryKey("name", "place_id")
    name = models.CharField(max_length=80, db_collation="C")
    # The loader alone writes both tables, in one transaction: a check of every row would double its time.
    place = models.ForeignKey(
        Place, models.DO_NOTHING, related_name="names", db_constraint=False, db_index=False
    )
    is_primary = models.BooleanField(help_text="Its name or code, not just one of its other names.")

    class Meta:
        app_label = "jobs"

    def __str__(self) -> str:
        return self.name
