"""The form by which candidates apply, and the one that asks for links."""

import re
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.files import File
from django.http import QueryDict

from applications import parked, resumes
from applications.api.serializers import LinkField
from applications.queries import normalize_email
from applications.resumes import InvalidResume, Resume, ResumeTooLarge, check_resume
from applications.services import KEPT_MONTHS
from jobs.models import Job
from jobsphere.api.fields import is_https_url
from jobsphere.forms import LinesField

MAX_LINKS = 10
MAX_LINK_LENGTH = 500
ACCEPT = ".pdf,.docx,.odt,.txt," + ",".join(
    kind.media_type for kind in (resumes.PDF, resumes.DOCX, resumes.ODT, resumes.TXT)
)
_MAX_MEGABYTES = settings.RESUME_MAX_BYTES // 2**20
_NO_RESUME = "Add your résumé: a file or a link."
_NO_LONGER_KEPT = "Your file is not kept any longer: choose it again."
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class _Address(forms.CharField):
    """An https address; people may leave the scheme out."""

    widget = forms.URLInput

    def clean(self, value: Any) -> str:
        url = _with_scheme(str(super().clean(value)))
        if url and not is_https_url(url):
            raise forms.ValidationError("Give an address that begins with https://.")
        return url


class _Links(LinesField):
    """Addresses of web pages, one on each line."""

    def clean(self, value: Any) -> Any:
        links = [_with_scheme(line.strip()) for line in super().clean(value).split("\n") if line.strip()]
        if len(links) > MAX_LINKS:
            raise forms.ValidationError(f"Give at most {MAX_LINKS} links.")
        for link in links:
            if len(link) > MAX_LINK_LENGTH or not re.fullmatch(LinkField.pattern, link):
                raise forms.ValidationError(
                    "“%(link)s” is no address of a web page.", params={"link": link[:80]}
                )
        return links


def _with_scheme(url: str) -> str:
    return f"https://{url}" if url and not _SCHEME.match(url) else url


class ApplicationForm(forms.Form):
    """What a candidate sends for a job. Fields are named as in the API, so that faults find them."""

    candidate_name = forms.CharField(
        label="Your name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell the employer your name."},
    )
    candidate_email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="The employer answers here, and we send you the link to your application.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
        error_messages={
            "required": "Tell the employer your e-mail address.",
            "invalid": "This is not an e-mail address, such as name@example.com.",
        },
    )
    phone = forms.CharField(
        label="Phone",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )
    resume = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        help_text=f"PDF, DOCX, ODT or plain text, up to {_MAX_MEGABYTES} MB.",
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    resume_token = forms.CharField(required=False, widget=forms.HiddenInput)
    resume_discard = forms.BooleanField(label="Do not send this file", required=False)
    resume_url = _Address(
        label="Or a link to it",
        max_length=resumes.MAX_URL_LENGTH,
        required=False,
        help_text="An address that begins with https:// and that the employer can open.",
        widget=forms.TextInput(
            attrs={
                "inputmode": "url",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    cover_letter = LinesField(
        label="Cover letter",
        max_length=20_000,
        required=False,
        help_text="Why this job, and why you?",
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    links = _Links(
        label="Links",
        required=False,
        help_text="Your site, portfolio or profiles: one on each line, at most 10.",
        widget=forms.Textarea(
            attrs={
                "rows": 2,
                "inputmode": "url",
                "autocomplete": "url",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )
    consent = forms.BooleanField(
        label="Your consent",
        error_messages={"required": "Without your consent we may not pass your application on."},
    )
    fax = forms.CharField(
        label="Leave this empty",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, job: Job, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.job = job
        for question in job.screening_questions:
            self.fields[f"answers.{question['id']}"] = LinesField(
                label=question["question"],
                required=bool(question.get("required")),
                max_length=5000,
                widget=forms.Textarea(attrs={"rows": 2}),
                error_messages={"required": "The employer asks everybody to answer this."},
            )

    @property
    def answer_fields(self) -> list[forms.BoundField]:
        """The screening questions."""
        return [self[name] for name in self.fields if name.startswith("answers.")]

    @property
    def consent_text(self) -> str:
        """What the candidate agrees to."""
        return (
            f"I agree that JobSphere passes what I entered here on to {self.job.company.name}, and keeps it "
            f"for {KEPT_MONTHS} months after the last change or until I have it erased"
        )

    @property
    def parked_name(self) -> str:
        """The name of the file that an earlier submission of this form uploaded."""
        return parked.name_of(self._token)

    def clean_resume(self) -> Resume | None:
        file = self.cleaned_data["resume"]
        if not file:
            return None
        try:
            return check_resume(file)
        except ResumeTooLarge:
            problem = (
                f"This file is larger than {settings.RESUME_MAX_BYTES // 2**20} MB. Choose a smaller one."
            )
        except InvalidResume:
            problem = "This is no PDF, DOCX or ODT file, nor plain text, or it has macros. Choose another."
        raise forms.ValidationError(problem)

    def clean_fax(self) -> str:
        if self.cleaned_data["fax"]:  # said, not swallowed: a browser may have filled it in for a person
            raise forms.ValidationError("This field is there for robots. Empty it, then send again.")
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("resume_discard"):
            self._forget_parked()
        has_file = bool(cleaned.get("resume") or self.parked_name or self.was_sent())
        if has_file and cleaned.get("resume_url"):
            self.add_error("resume_url", "Send a file or a link, not both.")
        elif (
            not has_file
            and not cleaned.get("resume_url")
            and not {"resume", "resume_url"} & self.errors.keys()
        ):
            was_kept = cleaned.get("resume_token")
            problem = "Your file is not kept any longer: choose it again." if was_kept else _NO_RESUME
            self.add_error("resume", problem)
        return cleaned

    def was_sent(self) -> bool:
        """Tell whether this form, whose file was kept, has been sent before: by a second click, say."""
        return parked.was_used(self._token, self._purpose)

    def note_sent(self) -> None:
        """Let go of the file that was kept."""
        if self._token:
            parked.use(self._token, self._purpose)

    @property
    def _token(self) -> str:
        return str(self["resume_token"].value() or "")

    @property
    def _purpose(self) -> str:
        return f"{self.job.pk} {normalize_email(self.cleaned_data.get('candidate_email') or '')}"

    def keep_upload(self) -> None:
        """Keep an upload that was good for the next submission of this form."""
        if resume := self.cleaned_data.get("resume"):
            self._forget_parked()
            self._set_token(parked.park(resume))

    def resume_file(self) -> File | None:
        """Return the file to send: the one uploaded now, or before."""
        resume: Resume | None = self.cleaned_data["resume"]
        return resume.file if resume else parked.open_parked(self.cleaned_data["resume_token"])

    def sent(self) -> dict[str, Any]:
        """Return what `applications.services.apply_on_board` takes, but for job and file."""
        cleaned = self.cleaned_data
        names = ("candidate_name", "candidate_email", "phone", "resume_url", "cover_letter", "links")
        answers = {field.name.removeprefix("answers."): cleaned[field.name] for field in self.answer_fields}
        return {name: cleaned[name] for name in names} | {
            "answers": {question_id: answer for question_id, answer in answers.items() if answer}
        }

    def _forget_parked(self) -> None:
        parked.discard(self._token)
        self._set_token("")

    def _set_token(self, token: str) -> None:
        data = cast(QueryDict, self.data).copy()
        data["resume_token"] = token
        self.data = data
        self.cleaned_data["resume_token"] = token


class LinksForm(forms.Form):
    """Whose links to send."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="The one that you applied with.",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none"}),
    )
