"""Signs of fraud: what they find, what they leave alone, what they cost, and how often they are wrong."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from jobs import fraud, usajobs
from jobs.models import Company, Job, Moderation
from jobs.posting_files import SAMPLE
from jobs.services import moderation, postings, review
from tests.fixtures.factories import make_account, make_category, make_company, make_job, make_user

LONG_TEXT = " ".join(f"We brew beer number {number}, and you help us with it." for number in range(12))


def written(description: str, *, domain: str = "acme.example", **fields: Any) -> Job:
    """Return an unsaved job of an old company."""
    return Job(title="Assistant", description=description, company=Company(domain=domain), **fields)


def codes(job: Job) -> list[str]:
    return [signal.code for signal in fraud.signals_in_text(job)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A registration fee of $50 is due before your first day.", "payment"),
        ("We ask every applicant for a registration fee.", "payment"),
        ("No experience needed, just pay the REGISTRATION FEE of $50!", "payment"),
        ("- No experience needed\n- Pay the registration\n  fee first", "payment"),
        ("Applicants must pay $99 for the **starter kit**.", "payment"),
        ("You will first pay for training, 200 USD.", "payment"),
        ("Send a refundable deposit to secure your place.", "payment"),
        ("Bitte überweisen Sie die Bearbeitungsgebühr von 30 Euro.", "payment"),
        ("Les frais de dossier sont de 45 euros.", "payment"),
        ("Hay que abonar la cuota de inscripción.", "payment"),
        ("A taxa de inscrição é de 80 reais.", "payment"),
        ("La quota di iscrizione va versata subito.", "payment"),
        ("Your first task: buy five gift cards and send us the codes.", "gift_cards"),
        ("Pay is sent as an Amazon gift card.", "gift_cards"),
        ("You get paid weekly in Bitcoin.", "crypto"),
        ("Send us your USDT wallet.", "crypto"),
        ("You receive payments from clients on your own bank account.", "money_mule"),
        ("From home, reship small packages to our customers.", "money_mule"),
        ("To apply, text the manager on WhatsApp.", "messenger"),
        ("Bewerbung nur per WhatsApp: 0170 1234567", "messenger"),
        ("Join us: https://t.me/easyjobs", "messenger"),
        ("Write to hr.acme@gmail.com today.", "free_mail"),
        ("Apply at https://acrne.example/jobs now.", "lookalike"),
        ("Apply at https://jobs.acrne.example now.", "lookalike"),
        ("Questions: hr@acme-.example-", "lookalike"),
    ],
)
def test_words_and_addresses_of_fraud_are_found(text: str, code: str) -> None:
    if code == "lookalike":
        text = text.replace("acrne", "exarnple").replace("acme-.example-", "exa-mple.example")
        assert codes(written(text, domain="example.example")) == [code]
    else:
        assert code in codes(written(text))


@pytest.mark.parametrize(
    "text",
    [
        "There is no application fee.",
        "We never ask for a registration fee or a deposit.",
        "We pay for your training and give you a laptop.",
        "We cover the visa fees.",
        "Visa fees are reimbursed.",
        "The application fee is waived.",
        "Es wird keine Bearbeitungsgebühr erhoben.",
        "Aucun frais de dossier n’est demandé.",
        "You must send proof of education or of certification.",
        "You sell gift cards and lottery tickets at the counter.",
        "You build the wallet of a cryptocurrency exchange.",
        "Signal processing engineers apply here.",
        "You work on the API of Telegram bots.",
        "Benefits: Christmas bonus, gift cards, free lunch.",
        "Salaries are transferred to your bank account each month.",
        "Write to jobs@acme.example or see https://careers.acme.example and https://acme.test.",
        "You process payments of customers.",
    ],
)
def test_what_honest_employers_write_is_no_sign(text: str) -> None:
    assert codes(written(text)) == []


def test_invisible_characters_and_odd_letters_hide_nothing() -> None:
    hidden = "Pay the regis\u200btration \N{FULLWIDTH LATIN SMALL LETTER F}ee first."
    assert codes(written(hidden)) == ["payment"]


def test_why_quotes_the_place() -> None:
    (signal,) = fraud.signals_in_text(written("Before you start, a training fee of $80 is due."))
    assert (
        signal.why
        == "Asks applicants for money: “…Assistant Before you start, a training fee of $80 is due.…”"
    )


@pytest.mark.parametrize(
    ("host", "domain", "alike"),
    [
        ("exarnple.com", "example.com", True),
        ("examp1e.com", "example.com", True),
        ("exmaple.com", "example.com", True),
        ("ex-ample.net", "example.com", True),
        ("jobs.exampel.co.uk", "example.co.uk", True),
        ("xn--xample-2of.com", "example.com", True),
        ("example.com", "example.com", False),
        ("jobs.example.com", "example.com", False),
        ("example.de", "example.com", False),
        ("linkedin.com", "example.com", False),
        ("bnw.com", "bmw.com", False),
        ("example.com", "", False),
    ],
)
def test_hosts_that_are_made_to_be_taken_for_the_company(host: str, domain: str, alike: bool) -> None:
    assert ("lookalike" in codes(written(f"See https://{host}/x", domain=domain))) == alike


@given(st.text(max_size=300))
def test_whatever_is_written_is_read(text: str) -> None:
    fraud.signals_in_text(written(text, application_url="https://[", application_email=text[:50]))
    fraud.digest(text)


def sample() -> Iterator[Job]:
    with gzip.open(SAMPLE) as lines:
        for line in lines:
            posting = usajobs.read_row(orjson.loads(line))
            yield Job(
                title=posting.title,
                description=posting.description,
                requirements=posting.requirements,
                application_url=posting.application_url,
                company=Company(domain=usajobs.DOMAIN),
            )


def test_none_of_the_real_postings_that_come_with_the_project_is_suspected() -> None:
    jobs = list(sample())
    assert len(jobs) > 600
    assert [signals for job in jobs if (signals := fraud.signals_in_text(job))] == []


# What others post


@pytest.fixture
def old_company(company: Company) -> Company:
    company.verified_at = timezone.now() - timedelta(days=100)
    company.save()
    return company


def test_a_company_is_new_for_two_weeks(company: Company, old_company: Company) -> None:
    new, old = make_company(), old_company
    assert [signal.why for signal in fraud.signals(make_job(new))] == [
        "New company, verified 0\xa0minutes ago"
    ]
    assert fraud.signals(make_job(old)) == []


def test_a_copy_names_the_posting_that_said_it_first(old_company: Company) -> None:
    first = make_job(make_company(name="Brewery"), description=LONG_TEXT)
    copy = make_job(old_company, description=f"# {LONG_TEXT.upper()}\n\n")
    (signal,) = fraud.signals(copy)
    assert (signal.code, signal.why) == ("copied", f"Brewery posted the same text before: {first.public_id}")
    assert "copied" not in [signal.code for signal in fraud.signals(first)]


def test_repeating_ones_own_text_is_no_copy(old_company: Company) -> None:
    make_job(make_company(old_company.account), description=LONG_TEXT)
    assert fraud.signals(make_job(old_company, description=LONG_TEXT)) == []


def test_short_texts_and_drafts_are_no_originals(old_company: Company) -> None:
    make_job(make_company(), description="Build things.")
    make_job(make_company(), description=LONG_TEXT, publish=False)
    assert fraud.signals(make_job(old_company, description="Build things.")) == []
    assert fraud.signals(make_job(old_company, description=LONG_TEXT)) == []


def test_pay_far_above_its_field_is_a_sign_where_the_field_is_known(
    old_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fraud, "LEAST_PAID", 3)
    make_category("engineering")

    def paid(amount: int, **fields: Any) -> Job:
        pay = {"min": amount, "max": amount, "currency": "EUR"}
        return make_job(old_company, tags=["engineering"], salary_range=pay, **fields)

    for amount in (40_000, 50_000, 60_000):
        assert fraud.signals(paid(amount)) == []
    (signal,) = fraud.signals(paid(400_000))
    assert (signal.code, signal.why) == ("pay", "Pays from 400,000 EUR; usual in its field are 55,000")
    assert fraud.signals(paid(120_000)) == []


def test_any_number_of_postings_costs_two_queries(
    old_company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pay = {"min": 10_000, "max": 20_000, "currency": "EUR"}
    for number in range(12):
        make_category(f"field-{number}")
        company = make_company() if number % 2 else old_company
        text = f"{number // 2} {LONG_TEXT}"
        make_job(company, description=text, tags=[f"field-{number}"], salary_range=pay)
    jobs = list(Job.objects.select_related("company"))
    with django_assert_max_num_queries(2):
        found = fraud.signals_of(jobs)
    assert sum("copied" in [signal.code for signal in signals] for signals in found) == 6
    with django_assert_max_num_queries(0):
        assert fraud.signals_of([]) == []


# The queue


def test_publishing_and_changing_a_job_moves_it_in_the_queue(old_company: Company) -> None:
    job = make_job(old_company, publish=False, description="A registration fee is due.")
    assert job.review_priority == 0
    postings.update_job(job=job, changes={}, status="published")
    job.refresh_from_db()
    assert job.review_priority == 4
    assert job.is_open
    postings.update_job(job=job, changes={"description": "Build things."})
    job.refresh_from_db()
    assert job.review_priority == 0


def test_an_approved_job_that_says_something_else_is_looked_at_again(old_company: Company) -> None:
    job = make_job(old_company)
    moderation.approve_job(job=job, staff=make_user(is_staff=True))
    postings.update_job(job=job, changes={"location": "Berlin", "description": job.description})
    job.refresh_from_db()
    assert job.moderation == Moderation.APPROVED
    postings.update_job(job=job, changes={"description": "Buy gift cards and send us the codes."})
    job.refresh_from_db()
    assert (job.moderation, job.review_priority) == (Moderation.UNREVIEWED, 4)
    assert job.is_open


def test_a_rejected_job_does_not_come_back_by_a_change(old_company: Company) -> None:
    job = make_job(old_company)
    moderation.reject_job(job=job, staff=make_user(is_staff=True), reason="Odd.")
    postings.update_job(job=job, changes={"description": "Better."})
    job.refresh_from_db()
    assert job.moderation == Moderation.REJECTED


def test_the_whole_queue_is_looked_at_anew(
    old_company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(review, "BATCH", 2)
    jobs = [make_job(old_company, description=LONG_TEXT) for _ in range(4)]
    odd = make_job(old_company, description="A registration fee is due.")
    Job.objects.update(review_priority=0, description_digest=None)
    call_command("review_jobs")
    assert capsys.readouterr().out == "Looked at 5 jobs: 1 moved in the review queue.\n"
    odd.refresh_from_db()
    jobs[0].refresh_from_db()
    assert odd.review_priority == 4
    assert jobs[0].description_digest == fraud.digest(LONG_TEXT)


def test_priorities_of_many_jobs_are_written_at_once(
    db: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    jobs = [make_job(make_company(make_account())) for _ in range(5)]
    Job.objects.update(review_priority=7)
    jobs = list(Job.objects.select_related("company"))
    with django_assert_max_num_queries(6):
        assert review.prioritise(jobs) == 5
    assert set(Job.objects.values_list("review_priority", flat=True)) == {1}
