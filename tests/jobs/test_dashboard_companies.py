"""Companies in the dashboard: what they say of themselves, their logo, and each step of being verified."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account, Role
from jobs import logos
from jobs.models import Company, Listing, VerificationRequest, VerificationState
from jobs.services import companies, moderation, verification
from tests.accounts.browser import Browser, text_of
from tests.fixtures.factories import ApiClient, frozen, make_company, make_job, make_user
from tests.jobs.dashboard import browser_as, picture, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(account: Account) -> Browser:
    return browser_as(account)


@pytest.fixture
def acme(account: Account) -> Company:
    return make_company(account, name="Acme", domain="acme.example", verified=False)


def page(company: Company, part: str = "") -> str:
    return f"/dashboard/companies/{company.public_id}{part}"


def profile(company: Company, **fields: str) -> dict[str, str]:
    said = {"name": company.name, "domain": company.domain, "website": company.website}
    return said | {"description": company.description} | fields


class TestProfile:
    def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(self, owner: Browser) -> None:
        typed = {"name": "Acme", "domain": "not a domain", "website": "ftp://x", "description": "We build."}
        shown = text_of(owner.post("/dashboard/companies/new", typed))
        assert 'href="#id_domain"' in shown
        assert 'id="id_domain_error"' in shown
        for value in ("not a domain", "ftp://x", "We build."):
            assert value in shown
        shown = text_of(owner.post("/dashboard/companies/new", typed | {"domain": "acme.example"}))
        assert 'id="id_website_error"' in shown
        assert not Company.objects.exists()

    def test_a_script_in_a_name_is_text(self, owner: Browser) -> None:
        script = "<script>alert(1)</script>"
        answer = owner.post(
            "/dashboard/companies/new",
            {"name": script, "domain": "", "website": "", "description": script},
            follow=True,
        )
        company = Company.objects.get()
        for path in (page(company), page(company, "/edit"), page(company, "/verify"), "/dashboard"):
            shown = text_of(owner.get(path))
            assert script not in shown
            assert "&lt;script&gt;" in shown
        assert script not in text_of(answer)

    def test_another_domain_takes_a_second_look_since_the_jobs_leave_the_board(
        self, owner: Browser, account: Account
    ) -> None:
        company = make_company(account, domain="old.example")
        make_job(company)
        changes = profile(company, domain="new.example", description="Moved.")
        shown = text_of(owner.post(page(company, "/edit"), changes))
        assert "off the board" in shown
        assert "Moved." in shown
        company.refresh_from_db()
        assert company.domain == "old.example"
        answer = owner.post(page(company, "/edit"), changes | {"confirmed": "on"})
        assert answer.url == page(company, "/verify")
        assert not Listing.objects.exists()

    def test_a_recruiter_changes_the_profile_but_not_who_the_company_is(self, account: Account) -> None:
        company = make_company(account, name="Acme", domain="acme.example")
        changes = profile(company, name="Other", domain="other.example", description="We build.")
        browser_as(account, Role.RECRUITER).post(page(company, "/edit"), changes)
        company.refresh_from_db()
        assert (company.name, company.domain) == ("Acme", "acme.example")
        assert company.description == "We build."

    def test_of_two_who_save_at_once_the_second_sees_both_and_overwrites_nothing(
        self, owner: Browser, company: Company
    ) -> None:
        shown = text_of(owner.get(page(company, "/edit")))
        version = re.findall(r'name="version" value="([^"]+)"', shown)[0]
        companies.update_company(company=company, changes={"description": "Theirs."})
        ours = profile(company, description="Ours.", version=version)
        answer = owner.post(page(company, "/edit"), ours)
        assert answer.status_code == 409
        shown = text_of(answer)
        assert "Theirs." in shown
        assert re.search(r"<textarea[^>]*>\s*Ours.</textarea>", shown)
        company.refresh_from_db()
        assert company.description == "Theirs."
        seen = ours | {"version": re.findall(r'name="version" value="([^"]+)"', shown)[0]}
        taken = text_of(owner.post(page(company, "/edit"), seen | {"act": "take-description"}))
        assert re.search(r"<textarea[^>]*>\s*Theirs.</textarea>", taken)
        owner.post(page(company, "/edit"), seen)
        company.refresh_from_db()
        assert company.description == "Ours."

    def test_only_a_company_that_never_posted_can_be_deleted(
        self, owner: Browser, acme: Company, company: Company
    ) -> None:
        make_job(company)
        owner.post(page(company, "/delete"))
        owner.post(page(acme, "/delete"))
        assert list(Company.objects.all()) == [company]

    def test_deleting_a_company_gives_no_new_attempts_at_its_verification(
        self, owner: Browser, acme: Company
    ) -> None:
        owner.post(page(acme, "/verify"), {"act": "dns"})
        shown = text_of(owner.post(page(acme, "/delete"), follow=True))
        assert "delete it in an hour" in shown
        with frozen(timezone.now() + timedelta(hours=2)):
            owner.post(page(acme, "/delete"))
        assert not Company.objects.exists()

    def test_a_list_of_companies_takes_few_queries(
        self, owner: Browser, account: Account, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _ in range(12):
            make_job(make_company(account))
        with django_assert_max_num_queries(6):
            owner.get("/dashboard/companies")
        with django_assert_max_num_queries(12):
            owner.get("/dashboard")


class TestLogo:
    @pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
    def test_a_picture_is_drawn_anew_and_served_to_everybody(
        self, owner: Browser, company: Company, reader: ApiClient, form: str
    ) -> None:
        make_job(company)
        owner.post(page(company, "/logo"), {"logo": upload(picture(form), "evil.svg", "image/svg+xml")})
        url = reader.get("/v1/jobs").json()["data"][0]["company"]["logo_url"]
        path = re.fullmatch(r"http://127\.0\.0\.1:\d+(/logos/logo_\w+-512\.webp)", url)
        assert path
        served: Any = Client().get(path[1])
        assert served.headers["Content-Type"] == "image/webp"
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in served.headers["Cache-Control"]
        assert "sandbox" in served.headers["Content-Security-Policy"]
        assert Image.open(BytesIO(b"".join(served.streaming_content))).size == (512, 341)
        company.refresh_from_db()
        small = f"/logos/{company.logo}-144.webp"
        assert f'src="{small}"' in text_of(Client().get("/jobs"))
        assert Client().get(small).status_code == 200

    def test_what_the_file_said_beside_the_picture_is_left_behind(
        self, owner: Browser, company: Company
    ) -> None:
        secret = b"taken at home"
        content = picture("JPEG", comment=secret)
        assert secret in content
        owner.post(page(company, "/logo"), {"logo": upload(content)})
        company.refresh_from_db()
        with default_storage.open(logos.stored_name(f"{company.logo}-512.webp")) as stored:
            assert secret not in stored.read()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a PNG"),
            (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "not a PNG"),
            (picture("GIF"), "not a PNG"),
            (picture()[:-200], "damaged"),
            (picture(size=(9000, 9000)), "too many pixels"),
            (picture() + b"\0" * 1_100_000, "1 MB"),
            (b"", "empty"),
        ],
        ids=["svg", "fake", "gif", "cut off", "bomb", "large", "empty"],
    )
    def test_what_is_no_picture_that_we_take_is_refused(
        self, owner: Browser, company: Company, content: bytes, said: str
    ) -> None:
        shown = text_of(owner.post(page(company, "/logo"), {"logo": upload(content)}))
        assert said in shown
        company.refresh_from_db()
        assert company.logo == ""

    def test_a_far_too_large_body_is_refused_before_it_is_read(
        self, owner: Browser, company: Company
    ) -> None:
        headers = {"Content-Length": str(10**9)}
        answer = owner.post(page(company, "/logo"), {"logo": upload(picture())}, headers=headers)
        assert answer.status_code == 413
        company.refresh_from_db()
        assert company.logo == ""

    def test_a_logo_that_is_replaced_or_removed_leaves_no_file(
        self, owner: Browser, company: Company
    ) -> None:
        owner.post(page(company, "/logo"), {"logo": upload(picture())})
        company.refresh_from_db()
        first = company.logo
        owner.post(page(company, "/logo"), {"logo": upload(picture("JPEG"))})
        company.refresh_from_db()
        assert Client().get(f"/logos/{first}-512.webp").status_code == 404
        owner.post(page(company, "/logo"), {"remove": "1"})
        assert Client().get(f"/logos/{company.logo}-512.webp").status_code == 404
        company.refresh_from_db()
        assert company.public_logo_url == "https://techcorp.example/logo.png"

    def test_no_other_file_is_served_as_a_logo(self) -> None:
        for name in ("../resumes/file_x", "logo_00000000-512.png", "..%2Fx", "logo_00000000-512.webp"):
            assert Client().get(f"/logos/{name}").status_code == 404


class TestVerification:
    def test_each_way_is_explained_before_it_is_begun(self, owner: Browser, acme: Company) -> None:
        shown = text_of(owner.get(page(acme, "/verify")))
        for words in ("you@acme.example", "TXT record to acme.example", "https://acme.example", "our staff"):
            assert words in shown

    def test_a_wrong_code_says_how_many_tries_are_left(self, owner: Browser, acme: Company) -> None:
        owner.post(page(acme, "/verify"), {"act": "email", "email": "ada@acme.example"})
        assert mail.outbox[-1].to == ["ada@acme.example"]
        shown = text_of(owner.post(page(acme, "/verify"), {"act": "code", "code": "WRONG"}))
        assert 'value="WRONG"' in shown
        assert "Attempts left: 4" in shown
        assert "Tries left: 4" in shown

    def test_an_address_elsewhere_is_refused_at_its_field(self, owner: Browser, acme: Company) -> None:
        shown = text_of(owner.post(page(acme, "/verify"), {"act": "email", "email": "ada@gmail.com"}))
        assert 'id="id_email_error"' in shown
        assert 'value="ada@gmail.com"' in shown

    def test_the_dns_record_is_shown_to_copy_and_a_look_says_what_it_found(
        self, owner: Browser, acme: Company
    ) -> None:
        answer = owner.post(page(acme, "/verify"), {"act": "dns"})
        assert answer.url.endswith("#by-dns")
        token = VerificationRequest.objects.get().token
        shown = text_of(owner.get(page(acme, "/verify")))
        assert f'value="jobsphere-verification={token}"' in shown
        assert "looks left: 50" in shown
        shown = text_of(owner.post(page(acme, "/verify"), {"act": "check_dns"}))
        assert "looks left: 49" in shown
        assert "Last time:" in shown

    def test_the_file_is_shown_to_copy(self, owner: Browser, acme: Company) -> None:
        owner.post(page(acme, "/verify"), {"act": "well_known"})
        shown = text_of(owner.get(page(acme, "/verify")))
        assert "https://acme.example/.well-known/jobsphere-verification.txt" in shown
        assert VerificationRequest.objects.get().token in shown

    def test_a_look_without_anything_to_look_for_says_so(self, owner: Browser, acme: Company) -> None:
        shown = text_of(owner.post(page(acme, "/verify"), {"act": "check_dns"}))
        assert "begin anew" in shown

    def test_a_review_keeps_what_was_typed_until_it_is_right(self, owner: Browser, acme: Company) -> None:
        typed = {"act": "review", "statement": "We are <b>Acme</b>.", "links": "not-a-link"}
        shown = text_of(owner.post(page(acme, "/verify"), typed))
        assert "We are &lt;b&gt;Acme&lt;/b&gt;." in shown
        assert "not-a-link" in shown
        owner.post(page(acme, "/verify"), typed | {"links": "https://register.example/1\n"})
        shown = text_of(owner.get(page(acme, "/verify")))
        assert "In the queue" in shown
        assert "https://register.example/1" in shown

    def test_a_rejection_shows_its_reason_and_that_one_may_try_again(
        self, owner: Browser, acme: Company
    ) -> None:
        owner.post(page(acme, "/verify"), {"act": "review", "statement": "We are Acme.", "links": ""})
        staff = make_user(is_staff=True, name="Sam Staff")
        verification.reject(
            request=VerificationRequest.objects.get(), staff=staff, reason="The register says no."
        )
        for part in ("", "/verify"):
            shown = text_of(owner.get(page(acme, part)))
            assert "The register says no." in shown
            assert "try again" in shown
            assert "Sam Staff" not in shown
        owner.post(page(acme, "/verify"), {"act": "email", "email": "ada@acme.example"})
        assert "Tries left: 5" in text_of(owner.get(page(acme, "/verify")))

    def test_a_suspension_shows_its_reason(self, owner: Browser, company: Company) -> None:
        staff = make_user(is_staff=True)
        moderation.suspend_company(company=company, staff=staff, reason="Reports of fraud.")
        assert "Reports of fraud." in text_of(owner.get(page(company)))
        assert "Reports of fraud." in text_of(owner.get(page(company, "/verify")))

    def test_too_many_attempts_are_refused_in_words(self, owner: Browser, acme: Company) -> None:
        for _ in range(verification.MAX_REQUESTS_PER_HOUR):
            owner.post(page(acme, "/verify"), {"act": "dns"})
        shown = text_of(owner.post(page(acme, "/verify"), {"act": "dns"}))
        assert "wait a little" in shown

    def test_a_verified_company_is_told_so_and_led_on(self, owner: Browser, company: Company) -> None:
        shown = text_of(owner.get(page(company, "/verify")))
        assert "is verified" in shown
        assert f"/dashboard/jobs/new?company={company.public_id}" in shown
        assert company.verification_state == VerificationState.VERIFIED
