"""The words that postings are made of: what a misspelt search is compared with."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
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
