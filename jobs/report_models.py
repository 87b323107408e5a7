"""What readers report about jobs: a case for each job with open reports, and the reports in it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class ReportReason(models.TextChoices):
    MONEY = "money", "It asks for money or bank details"
    FRAUD = "fraud", "The job or the employer is not real"
    CLOSED = "closed", "The job is filled or gone"
    DISCRIMINATION = "discrimination", "It discriminates"
    MISLEADING = "misleading", "Pay, place or tasks are misleading"
    OTHER = "other", "Something else"


class ReportCase(models.Model):
    """All open reports of one job, which one decision settles. One open case a job at most."""

    class Outcome(models.TextChoices):
        DISMISSED = "dismissed", "Dismissed"
        ACTED = "acted", "Acted upon"

    job = models.ForeignKey("jobs.Job", models.CASCADE, related_name="report_cases")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    reporters = models.PositiveIntegerField(
        default=0, editable=False, help_text="Networks that reported: the queue is sorted by them."
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    note = models.TextField(blank=True, editable=False, help_text="Why it was decided so.")

    class Meta:
        app_label = "jobs"
        ordering = ["-id"]
        verbose_name = "reported job"
        constraints = [
            models.UniqueConstraint(
                fields=["job"], condition=Q(settled_at__isnull=True), name="report_case_open_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-reporters", "opened_at", "id"],
                condition=Q(settled_at__isnull=True),
                name="report_case_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"Reports about {self.job}"


class JobReport(models.Model):
    """What one reader said. Who it was is known only by a keyed digest, until the case is settled."""

    case = models.ForeignKey(ReportCase, models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=20, choices=ReportReason.choices)
    details = models.TextField(blank=True)
    email = models.EmailField(blank=True, editable=False, help_text="Where to say what became of it.")
    reporter = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Keyed digest of the network it came from."
    )
    reported_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        app_label = "jobs"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.get_reason_display()
