"""The words of postings, with which a misspelt search is compared, and those that companies are found by."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SearchWord(models.Model):
    """A word of the index, normalised. Written by `jobs.search_text.add_words` alone."""

    word = models.CharField(max_length=64, primary_key=True, db_collation="C")
    stem = models.CharField(max_length=64, db_collation="C", help_text="What the index holds for it.")
    frequency = models.PositiveIntegerField(help_text="In how many postings it was seen.")
    deletes = ArrayField(models.CharField(max_length=64), help_text="What is left of it after a slip or two.")

    class Meta:
        app_label = "jobs"
        indexes = [
            models.Index(fields=["stem"], name="search_word_stem"),
            GinIndex(fields=["deletes"], name="search_word_deletes", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.word


class CompanyDocument(models.Model):
    """What the postings of a company are found by of its name, all of them alike.

    Written with the listings of its jobs by `jobs.search_text.write_companies` alone.
    """

    company = models.OneToOneField("jobs.Company", models.CASCADE, primary_key=True, related_name="+")
    document = SearchVectorField()

    class Meta:
        app_label = "jobs"
        indexes = [GinIndex(fields=["document"], name="company_document", fastupdate=False)]

    def __str__(self) -> str:
        return f"document of {self.company_id}"
