"""Forms of the pages about companies. Their rules are the services'."""

from collections.abc import Mapping
from typing import Any

from django import forms

from jobs.models import Company
from jobs.services.companies import normalise_domain
from jobs.services.verification import MAX_LINKS, MAX_STATEMENT_LENGTH
from jobsphere.errors import InvalidParameter
from jobsphere.forms import LinesField, VersionField


class CompanyForm(forms.Form):
    """Who a company is."""

    name = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"autocomplete": "organization"}))
    domain = forms.CharField(
        label="Domain",
        required=False,
        max_length=253,
        help_text="The company’s own domain, such as example.com. You prove that it is yours in the next "
        "step, and candidates see it.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    website = forms.CharField(
        label="Web site",
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "url"}),
    )
    description = LinesField(
        label="About the company",
        required=False,
        max_length=5000,
        help_text="What it does and what it is like to work there. Plain text, shown on its page.",
        widget=forms.Textarea,
    )


class CompanyChangeForm(CompanyForm):
    """What a company changes of itself. Its name and domain are who it is: owners alone change those."""

    confirmed = forms.BooleanField(
        required=False, label="Change the domain: the jobs may go, the company is verified again"
    )

    version = VersionField()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        company: Company,
        is_owner: bool,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        fields = ("name", "domain", "website", "description", "version")
        super().__init__(
            data, initial={name: getattr(company, name) for name in fields} | dict(initial or {})
        )
        self.company = company
        self.must_confirm = False
        for name in ("name", "domain"):
            self.fields[name].disabled = not is_owner

    def clean(self) -> dict[str, Any]:
        given = dict(super().clean() or {})
        confirmed = given.pop("confirmed", False)
        if self.company.is_verified and not confirmed and self._is_another(given.get("domain", "")):
            self.must_confirm = True
            self.add_error(
                "confirmed",
                f"{self.company.name} was verified at {self.company.domain}. At another domain it has to be "
                "verified again, and until then its jobs are off the board.",
            )
        return given

    def _is_another(self, domain: str) -> bool:
        try:
            return (normalise_domain(domain) if domain.strip() else "") != self.company.domain
        except InvalidParameter:
            return False  # the service says what is wrong with it


class LogoForm(forms.Form):
    """A picture."""

    logo = forms.FileField(
        label="Picture",
        help_text="PNG, JPEG or WebP, at most 1 MB. A square one looks best.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


class EmailForm(forms.Form):
    """Where the code goes."""

    email = forms.CharField(
        label="Your address at the company",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The code that came."""

    code = forms.CharField(
        label="The code from the e-mail",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class ReviewForm(forms.Form):
    """What staff look at."""

    statement = forms.CharField(
        label="Who you are, and how we can check it",
        max_length=MAX_STATEMENT_LENGTH,
        help_text="For example: the company’s registered name and number, your own position, and whom we "
        "can call at a published number.",
        widget=forms.Textarea,
    )
    links = forms.CharField(
        label="Links",
        required=False,
        help_text=f"A register, a professional profile, an article: one a line, at most {MAX_LINKS}.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_links(self) -> list[str]:
        return self.cleaned_data["links"].split()
