"""What people keep of the board: jobs and searches."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from jobsphere.ids import PublicIdField

MAX_QUERY_LENGTH = 1000


class SavedJob(models.Model):
    """A job that a person keeps an eye on."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_jobs", db_index=False)
    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="+")
    saved_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        app_label = "jobs"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["user", "job"], name="saved_job_unique")]
        indexes = [models.Index(fields=["user", "-id"], name="saved_job_newest")]

    def __str__(self) -> str:
        return f"{self.job_id} of {self.user_id}"


class SavedSearch(models.Model):
    """A search that a person makes again and again, and may be told of by e-mail."""

    public_id = PublicIdField("srch")
    user = models.ForeignKey(User, models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField(max_length=100)
    query_string = models.CharField(
        max_length=MAX_QUERY_LENGTH,
        blank=True,
        help_text="As jobs.web.search writes it, without page and order, so that equal searches are equal.",
    )
    alerts = models.BooleanField(default=False, help_text="Whether new jobs are mailed, once a day.")
    seen_at = models.DateTimeField(default=timezone.now, help_text="Jobs posted since then are new.")
    alerted_at = models.DateTimeField(
        null=True, blank=True, help_text="Jobs posted until then were mailed, or were there before."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        app_label = "jobs"
        ordering = ["-id"]
        verbose_name_plural = "saved searches"
        constraints = [models.UniqueConstraint(fields=["user", "query_string"], name="saved_search_unique")]
        indexes = [
            models.Index(fields=["alerted_at"], name="saved_search_alerts", condition=models.Q(alerts=True)),
        ]

    def __str__(self) -> str:
        return self.name
