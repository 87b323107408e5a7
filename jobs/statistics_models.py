"""What a job saw, counted by day. Nothing is kept of who looked."""

from django.db import models


class JobDay(models.Model):
    """One job's day (UTC): how often its page was opened."""

    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    views = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["job", "day"], name="job_day_unique")]

    def __str__(self) -> str:
        return f"{self.day}: {self.views} views"
