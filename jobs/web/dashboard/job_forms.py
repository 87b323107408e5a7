"""The form of a job. It says how people write one down; what a job may be, the API's rules say for both."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from jobs import places
from jobs.api.serializers import JobFieldsSerializer
from jobs.currencies import CURRENCIES
from jobs.models import (
    LONGEST_LIFETIME,
    ApplicationMethod,
    Category,
    Company,
    EmploymentType,
    ExperienceLevel,
    Job,
    JobStatus,
)
from jobsphere.forms import Difference, LinesField, VersionField, differences, shown

MAX_QUESTIONS = 20
QUESTIONS = "questions"
"""What the rows of questions are called among the fields."""

LAST_MOMENT = time(23, 59, 59, tzinfo=UTC)
"""Of the day on which a job ends."""

_FIELDS_OF_ERRORS = {
    "tags": "skills",
    "salary_range.min": "salary_min",
    "salary_range.max": "salary_max",
    "salary_range.currency": "salary_currency",
    "application_instructions.url": "application_url",
    "application_instructions.email": "application_email",
}
"""Which field of the form holds what a body of the API calls so; the others share their name."""


_ADDRESSES_WANTED = {
    ApplicationMethod.URL: "Give the address where one applies.",
    ApplicationMethod.EMAIL: "Give the e-mail address to which one applies.",
}


class CompanyField(forms.ModelChoiceField):
    """A company, by its public id; those that cannot post yet say so."""

    def label_from_instance(self, company: Company) -> str:
        if company.suspended_at is not None:
            return f"{company} (suspended)"
        return f"{company}" if company.is_verified else f"{company} (not verified yet)"


class JobForm(forms.Form):
    """A job: all that the API knows of it but its screening questions, which are forms of their own."""

    company_id = CompanyField(
        queryset=Company.objects.none(), to_field_name="public_id", label="Company", empty_label=None
    )
    title = forms.CharField(
        max_length=200,
        help_text="What people search for, such as “Nurse, night shift”.",
        error_messages={"required": "Give the job a title."},
    )
    description = LinesField(
        help_text="What the work is, why it matters, what you offer. You can use Markdown: "
        "**bold**, *italic*, - lists, ## headings, [links](https://example.com).",
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": "Describe the job."},
    )
    location = forms.CharField(
        max_length=2000,
        help_text="A city and country, or “Remote”. Several are separated by semicolons.",
        widget=forms.TextInput(attrs={"list": "places", "autocomplete": "off"}),
        error_messages={"required": "Say where the work is, or “Remote”."},
    )
    remote = forms.BooleanField(required=False, label="It can be done remotely")
    type = forms.ChoiceField(choices=EmploymentType.choices, label="Type")
    experience_level = forms.ChoiceField(
        choices=[("", "Not stated"), *ExperienceLevel.choices], required=False, label="Experience"
    )
    category = forms.ModelChoiceField(
        queryset=Category.objects.all(),
        to_field_name="slug",
        required=False,
        label="Field of work",
        empty_label="Not stated",
    )
    skills = forms.CharField(
        required=False,
        help_text="Separated by commas, such as React, TypeScript. Candidates filter by them.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    salary_min = forms.IntegerField(
        required=False, label="From", min_value=0, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    salary_max = forms.IntegerField(
        required=False, label="To", min_value=0, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    salary_currency = forms.ChoiceField(
        choices=[(code, code) for code in CURRENCIES], label="Currency", initial="USD"
    )
    requirements = LinesField(
        required=False,
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    application_method = forms.ChoiceField(
        choices=[
            (ApplicationMethod.JOBSPHERE, "Here: applications come into this dashboard"),
            (ApplicationMethod.URL, "On your own site"),
            (ApplicationMethod.EMAIL, "By e-mail"),
        ],
        widget=forms.RadioSelect,
        label="How to apply",
        initial=ApplicationMethod.JOBSPHERE,
    )
    application_url = forms.CharField(
        required=False, label="Address of your form", widget=forms.URLInput(attrs={"placeholder": "https://"})
    )
    application_email = forms.CharField(
        required=False, label="E-mail address for applications", widget=forms.EmailInput
    )
    expires_at = forms.DateField(
        required=False,
        label="Last day",
        help_text="The job leaves the board at the end of this day (UTC). Left empty: 60 days after it is "
        "published.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    external_id = forms.CharField(
        required=False,
        max_length=100,
        label="Your own reference",
        help_text="Nobody else sees it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    version = VersionField()

    job_fields: dict[str, Any]
    """Once valid: what `jobs.services.postings` takes, but for the screening questions."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        companies: QuerySet[Company],
        job: Job | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial if initial is not None or job is None else said_by(job))
        self.job = job
        if job is None:
            company: Any = self.fields["company_id"]
            company.queryset = companies
            del self.fields["version"]
        else:
            del self.fields["company_id"]
        today = timezone.now().date()
        ends = self.fields["expires_at"].widget.attrs
        ends |= {"min": today.isoformat(), "max": (today + LONGEST_LIFETIME).isoformat()}

    def clean(self) -> dict[str, Any]:
        given = dict(super().clean() or {})
        method = given.get("application_method")
        if method in _ADDRESSES_WANTED and not given.get(f"application_{method}"):
            self.add_error(f"application_{method}", _ADDRESSES_WANTED[method])
        body = {name: value for name, value in self._body(given).items() if name not in self.errors}
        rules = JobFieldsSerializer(data=body, partial=True)
        if not rules.is_valid():
            for name, message in _flat(rules.errors):
                self._add_fault(name, message)
        self.job_fields = dict(rules.validated_data) if not self.errors else {}
        if "expires_at" in given and given["expires_at"] is None:
            self._clean_missing_end()
        return given

    def _body(self, given: dict[str, Any]) -> dict[str, Any]:
        method = given.get("application_method", ApplicationMethod.JOBSPHERE)
        instructions = {"method": method}
        if method in _ADDRESSES_WANTED:
            instructions[method] = given.get(f"application_{method}")
        category = given.get("category")
        skills = [skill.strip() for skill in given.get("skills", "").split(",") if skill.strip()]
        body = {
            "title": given.get("title"),
            "description": given.get("description"),
            "location": given.get("location"),
            "type": given.get("type"),
            "experience_level": given.get("experience_level") or None,
            "tags": [category.slug, *skills] if category else skills,
            "salary_range": self._salary(given),
            "requirements": [
                line.strip() for line in given.get("requirements", "").splitlines() if line.strip()
            ],
            "application_instructions": instructions,
            "external_id": given.get("external_id") or None,
            "remote": given.get("remote", False)
            or places.resolve_location(given.get("location", "")[:2000]).remote,
        }
        end = given.get("expires_at")
        if end is not None and not self._is_end_of_job(end):
            body["expires_at"] = datetime.combine(end, LAST_MOMENT).isoformat()
        return body

    def _salary(self, given: dict[str, Any]) -> dict[str, Any] | None:
        ends = [end for name in ("salary_min", "salary_max") if (end := given.get(name)) is not None]
        if not ends:
            return None
        return {"min": ends[0], "max": ends[-1], "currency": given.get("salary_currency")}

    def _is_end_of_job(self, end: date) -> bool:
        return self.job is not None and self.job.expires_at is not None and self.job.expires_at.date() == end

    def _clean_missing_end(self) -> None:
        if self.job is None or self.job.expires_at is None:
            return
        if self.job.status == JobStatus.DRAFT:
            self.job_fields["expires_at"] = None
        else:
            self.add_error("expires_at", "A job that was published has a last day.")

    def _add_fault(self, name: str, message: str) -> None:
        parts = name.split(".")
        name = _FIELDS_OF_ERRORS.get(name) or _FIELDS_OF_ERRORS.get(parts[0], parts[0])
        place = f"Line {int(parts[1]) + 1}" if parts[0] == "requirements" and parts[1:] else "This"
        self.add_error(name if name in self.fields else None, f"{place} {message}")


class QuestionForm(forms.Form):
    """A question to everyone who applies; a blank one is none."""

    id = forms.CharField(required=False, widget=forms.HiddenInput)
    question = forms.CharField(required=False, max_length=500)
    required = forms.BooleanField(required=False, label="Must be answered")


QuestionFormSet = forms.formset_factory(
    QuestionForm, extra=0, max_num=MAX_QUESTIONS, validate_max=True, absolute_max=MAX_QUESTIONS + 10
)


class Questions:
    """The rows of screening questions in a request or of a job."""

    def __init__(self, data: QueryDict | None = None, initial: list[dict[str, Any]] | None = None) -> None:
        self.forms = QuestionFormSet(data, initial=initial or [], prefix=QUESTIONS)

    def is_valid(self) -> bool:
        return bool(self.forms.is_valid())

    def asked(self) -> list[dict[str, Any]]:
        """Return the questions as `jobs.services.postings` takes them, blank rows left out."""
        return [
            {"question": " ".join(row["question"].split()), "required": row["required"]}
            | ({"id": row["id"]} if row["id"] else {})
            for row in (form.cleaned_data for form in self.forms)
            if row.get("question", "").strip()
        ]

    def shown(self) -> list[dict[str, Any]]:
        """Return the rows as they stand, valid or not."""
        return [shown(form) for form in self.forms]


class ExtensionForm(forms.Form):
    """How much longer a job stays open."""

    days = forms.TypedChoiceField(
        label="Longer by",
        coerce=int,
        choices=[(14, "2 weeks"), (30, "30 days"), (60, "60 days"), (90, "90 days")],
        initial=30,
    )

    def end_for(self, job: Job) -> datetime:
        """Return the new end: counted from the present one, or from now where that is past."""
        now = timezone.now()
        start = max(job.expires_at or now, now)
        return min(start + timedelta(days=self.cleaned_data["days"]), now + LONGEST_LIFETIME)


def said_by(job: Job) -> dict[str, Any]:
    """Return what a job says, by the form's fields."""
    return {
        "title": job.title,
        "description": job.description,
        "location": job.location,
        "remote": job.remote,
        "type": job.type,
        "experience_level": job.experience_level or "",
        "category": job.category.slug if job.category else "",
        "skills": ", ".join(job.skills),
        "salary_min": job.salary_min,
        "salary_max": job.salary_max,
        "salary_currency": job.salary_currency or "USD",
        "requirements": "\n".join(job.requirements),
        "application_method": job.application_method,
        "application_url": job.application_url,
        "application_email": job.application_email,
        "expires_at": job.expires_at.date() if job.expires_at else None,
        "external_id": job.external_id,
        "version": job.version,
    }


def differences_of(job: Job, typed: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[Difference]:
    """Return where what was typed, and the rows of questions, differ from what the job says by now."""
    found = list(differences(JobForm(typed, companies=Company.objects.none(), job=job)))
    saved, asked = _read(job.screening_questions), _read(rows)
    return [*found, *([Difference(QUESTIONS, "Screening questions", saved, asked)] if saved != asked else [])]


def _read(questions: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(
        " ".join(row["question"].split()) + (" (must be answered)" if row.get("required") else "")
        for row in questions
        if (row.get("question") or "").strip()
    )


def _flat(errors: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Give each message of a serializer's errors with the dotted name of what it is about."""
    if isinstance(errors, dict):
        for key, below in errors.items():
            yield from _flat(below, f"{name}.{key}" if name else str(key))
    elif isinstance(errors, list) and any(isinstance(each, dict) for each in errors):
        for index, below in enumerate(errors):
            yield from _flat(below, f"{name}.{index}")
    else:
        yield from ((name, str(message)) for message in errors)
