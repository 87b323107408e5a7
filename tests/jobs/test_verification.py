"""How a company becomes verified: each way from end to end, and what each refuses."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, User
from jobs import verification_checks
from jobs.models import Company, Job, Listing, VerificationRequest, VerificationState
from jobs.services import companies, verification
from jobs.verification_checks import LookupFailed, is_public, public_addresses, well_known_file
from jobsphere.errors import InvalidParameter
from tests.fixtures.factories import frozen, make_account, make_company, make_job, make_user

CERTIFICATE = Path(__file__).with_name("acme.example.pem")
"""Self-signed for acme.example, which belongs to nobody (RFC 2606)."""


@pytest.fixture
def owner(db: None) -> User:
    return make_user(email="owner@acme.example")


@pytest.fixture
def unverified(owner: User) -> Company:
    return make_company(make_account(owner=owner), name="Acme", domain="acme.example", verified=False)


@pytest.fixture
def staff(db: None) -> User:
    return make_user(email="staff@jobsphere.example", is_staff=True)


@contextmanager
def dns_server(records: dict[str, list[str]]) -> Iterator[dns.resolver.Resolver]:
    """Answer from `records` ("TXT acme.example" to its values) on loopback; yields who asks there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def answer() -> None:
            while True:
                wire, client = server.recvfrom(4096)
                if not wire:
                    return
                query = dns.message.from_wire(wire)
                question = query.question[0]
                kind = question.to_text().split()[-1]
                response = dns.message.make_response(query)
                values = records.get(f"{kind} {question.name.to_text(omit_final_dot=True)}", [])
                if values:
                    response.answer.append(dns.rrset.from_text(question.name, 1, "IN", kind, *values))
                elif not any(str(question.name).startswith(key.split()[1]) for key in records):
                    response.set_rcode(dns.rcode.NXDOMAIN)
                server.sendto(response.to_wire(), client)

        thread = threading.Thread(target=answer)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.getsockname()[1]
        try:
            yield resolver
        finally:
            server.sendto(b"", server.getsockname())
            thread.join()


@contextmanager
def https_server(answer: bytes) -> Iterator[tuple[Callable[[str], str], list[bytes]]]:
    """Serve one answer on loopback as acme.example.

    Yields what fetches from it, and the requests that came.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with connection, context.wrap_socket(connection, server_side=True) as secure:
                requests.append(secure.recv(4096))
                secure.sendall(answer)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))

    def fetch(domain: str) -> str:
        return well_known_file(
            domain, addresses_of=lambda _: ["127.0.0.1"], port=listener.getsockname()[1], tls=trusting
        )

    with listener:
        yield fetch, requests


def answer_of(body: str, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n{body}".encode()


def sent_code(message: mail.EmailMessage) -> str:
    found = re.search(r"The code is (\S+)", str(message.body))
    assert found
    return found[1]


def ask_for_code(company: Company, user: User, commit: Any, email: str = "jobs@acme.example") -> str:
    with commit(execute=True):
        verification.request_by_email(company=company, email=email, user=user)
    return sent_code(mail.outbox[-1])


# By e-mail


def test_the_code_sent_to_the_domain_verifies_the_company(
    unverified: Company, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    code = ask_for_code(unverified, owner, django_capture_on_commit_callbacks)
    assert mail.outbox[-1].to == ["jobs@acme.example"]
    with django_capture_on_commit_callbacks(execute=True):
        verification.confirm_email_code(company=unverified, code=f" {code.lower()} ", user=owner)
    unverified.refresh_from_db()
    assert unverified.is_verified
    assert unverified.verified_at is not None
    assert list(unverified.events.values_list("kind", "actor")) == [
        ("verified", owner.pk),
        ("verification_requested", owner.pk),
    ]
    assert mail.outbox[-1].to == ["owner@acme.example"]
    assert "verified" in mail.outbox[-1].subject


def test_the_code_is_stored_only_as_a_digest(
    unverified: Company, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    code = ask_for_code(unverified, owner, django_capture_on_commit_callbacks)
    row = VerificationRequest.objects.values().get()
    assert code not in str(row)
    assert code.replace("-", "") not in str(row)
    assert len(row["code_digest"]) == 64


def test_a_code_runs_out_after_half_an_hour(
    unverified: Company, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    code = ask_for_code(unverified, owner, django_capture_on_commit_callbacks)
    with frozen(timezone.now() + timedelta(minutes=31)), pytest.raises(verification.NotPending):
        verification.confirm_email_code(company=unverified, code=code, user=owner)
    unverified.refresh_from_db()
    assert not unverified.is_verified
    assert VerificationRequest.objects.get().reason == "The code ran out."


def test_five_wrong_codes_end_it_even_for_the_right_one(
    unverified: Company, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    code = ask_for_code(unverified, owner, django_capture_on_commit_callbacks)
    for left in (4, 3, 2, 1):
        with pytest.raises(verification.WrongCode, match=f"left: {left}"):
            verification.confirm_email_code(company=unverified, code="WRONG", user=owner)
    for attempt in ("WRONG", code):
        with pytest.raises(verification.NotPending):
            verification.confirm_email_code(company=unverified, code=attempt, user=owner)
    assert VerificationRequest.objects.get().state == VerificationRequest.State.REJECTED


@pytest.mark.django_db(transaction=True)
def test_no_transaction_of_a_caller_can_give_a_wrong_code_back() -> None:
    owner = make_user()
    company = make_company(make_account(owner=owner), domain="acme.example", verified=False)
    verification.request_by_email(company=company, email="jobs@acme.example", user=owner)
    with transaction.atomic(), pytest.raises(RuntimeError):
        verification.confirm_email_code(company=company, code="WRONG", user=owner)
    with pytest.raises(verification.WrongCode):
        verification.confirm_email_code(company=company, code="WRONG", user=owner)
    assert VerificationRequest.objects.get().failed_attempts == 1


def test_a_new_code_makes_the_old_one_useless(
    unverified: Company, owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    old = ask_for_code(unverified, owner, django_capture_on_commit_callbacks)
    new = ask_for_code(unverified, owner, django_capture_on_commit_callbacks)
    with pytest.raises(verification.WrongCode):
        verification.confirm_email_code(company=unverified, code=old, user=owner)
    verification.confirm_email_code(company=unverified, code=new, user=owner)
    assert set(VerificationRequest.objects.values_list("state", flat=True)) == {"superseded", "verified"}


@pytest.mark.parametrize(
    "email", ["jobs@acme.example.evil.example", "jobs@other.example", "jobs@sub.acme.example", "no address"]
)
def test_the_address_has_to_be_at_the_domain_itself(unverified: Company, owner: User, email: str) -> None:
    with pytest.raises(InvalidParameter):
        verification.request_by_email(company=unverified, email=email, user=owner)
    assert not VerificationRequest.objects.exists()


def test_a_free_mail_host_is_nobodys_own_domain(owner: User) -> None:
    company = make_company(domain="gmail.com", verified=False)
    with pytest.raises(InvalidParameter, match="Anybody gets an address"):
        verification.request_by_email(company=company, email="me@gmail.com", user=owner)


def test_codes_are_limited_by_the_hour_for_a_company_and_for_an_address(
    unverified: Company, owner: User
) -> None:
    for _ in range(verification.MAX_REQUESTS_PER_HOUR):
        verification.request_by_email(company=unverified, email="victim@acme.example", user=owner)
    with pytest.raises(verification.TooManyRequests):
        verification.request_by_email(company=unverified, email="jobs@acme.example", user=owner)
    another = make_company(domain="acme.example", verified=False)
    with pytest.raises(verification.TooManyRequests, match="address"):
        verification.request_by_email(company=another, email="victim@acme.example", user=owner)
    with frozen(timezone.now() + timedelta(hours=1, minutes=1)):
        verification.request_by_email(company=unverified, email="jobs@acme.example", user=owner)


def test_the_mail_with_a_code_holds_no_words_of_who_asked(
    owner: User, django_capture_on_commit_callbacks: Any
) -> None:
    company = make_company(name="You won, see evil.example", domain="acme.example", verified=False)
    ask_for_code(company, owner, django_capture_on_commit_callbacks)
    assert "evil" not in mail.outbox[0].subject + str(mail.outbox[0].body)


def test_a_mail_server_that_is_down_undoes_nothing(
    unverified: Company, owner: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        verification.request_by_email(company=unverified, email="jobs@acme.example", user=owner)
    assert VerificationRequest.objects.get().state == VerificationRequest.State.PENDING


# By DNS


def test_a_txt_record_at_the_domain_verifies_the_company(unverified: Company, owner: User) -> None:
    request = verification.request_by_dns(company=unverified, user=owner)
    records = {"TXT acme.example": ['"v=spf1 -all"', f'"{verification.txt_record(request)}"']}
    with dns_server(records) as resolver:
        verification.check(
            request=request,
            user=owner,
            txt_records=lambda domain: verification_checks.txt_records(domain, resolver=resolver),
        )
    unverified.refresh_from_db()
    assert unverified.is_verified


@pytest.mark.parametrize("records", [{}, {"TXT acme.example": ['"jobsphere-verification=other"']}])
def test_without_the_record_nothing_is_verified_and_the_finding_is_kept(
    unverified: Company, owner: User, records: dict[str, list[str]]
) -> None:
    request = verification.request_by_dns(company=unverified, user=owner)
    with dns_server(records) as resolver, pytest.raises(verification.ProofNotFound):
        verification.check(
            request=request,
            user=owner,
            txt_records=lambda domain: verification_checks.txt_records(domain, resolver=resolver),
        )
    request.refresh_from_db()
    assert (request.state, request.failed_attempts) == ("pending", 1)
    assert "no such TXT record" in request.reason
    unverified.refresh_from_db()
    assert not unverified.is_verified


def test_a_token_is_looked_for_seven_days_and_fifty_times(unverified: Company, owner: User) -> None:
    request = verification.request_by_dns(company=unverified, user=owner)
    right = [verification.txt_record(request)]
    with frozen(timezone.now() + timedelta(days=8)), pytest.raises(verification.NotPending):
        verification.check(request=request, user=owner, txt_records=lambda _: right)
    VerificationRequest.objects.update(failed_attempts=verification.MAX_CHECKS)
    with pytest.raises(verification.NotPending):
        verification.check(request=request, user=owner, txt_records=lambda _: right)


def test_a_proof_of_a_domain_that_was_changed_meanwhile_proves_nothing(
    unverified: Company, owner: User
) -> None:
    request = verification.request_by_dns(company=unverified, user=owner)

    def change_then_answer(_: str) -> list[str]:
        companies.update_company(company=unverified, changes={"domain": "other.example"}, user=owner)
        return [verification.txt_record(request)]

    with pytest.raises(verification.NotPending):
        verification.check(request=request, user=owner, txt_records=change_then_answer)
    unverified.refresh_from_db()
    assert not unverified.is_verified


# By a file


def test_the_file_at_the_domain_verifies_the_company(unverified: Company, owner: User) -> None:
    request = verification.request_by_well_known(company=unverified, user=owner)
    with https_server(answer_of(f"{request.token}\n")) as (fetch, requests):
        verification.check(request=request, user=owner, fetch_file=fetch)
    unverified.refresh_from_db()
    assert unverified.is_verified
    assert requests[0].startswith(
        b"GET /.well-known/jobsphere-verification.txt HTTP/1.1\r\nHost: acme.example"
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (answer_of("x", "302 Found", "Location: https://127.0.0.1/\r\n"), "answered 302"),
        (answer_of("{token}", "404 Not Found"), "answered 404"),
        (answer_of("another token"), "does not hold the token"),
        (answer_of("a{token}b"), "does not hold the token"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 100_000, "no proper answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 20_000, "no proper answer"),
        (b"nonsense", "no proper answer"),
        (b"", "no proper answer"),
    ],
)
def test_another_answer_verifies_nothing(
    unverified: Company, owner: User, answer: bytes, message: str
) -> None:
    request = verification.request_by_well_known(company=unverified, user=owner)
    answer = answer.replace(b"{token}", request.token.encode())
    with https_server(answer) as (fetch, _), pytest.raises(verification.ProofNotFound, match=message):
        verification.check(request=request, user=owner, fetch_file=fetch)


def test_a_certificate_of_another_name_is_refused() -> None:
    with https_server(answer_of("x")) as (fetch, requests):
        with pytest.raises(LookupFailed, match="certificate"):
            fetch("other.example")
        assert not requests


def test_a_server_that_stays_silent_is_given_up_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_checks, "TIMEOUT", 0.3)
    silent = socket.create_server(("127.0.0.1", 0))
    with silent, pytest.raises(LookupFailed, match="did not answer"):
        well_known_file("acme.example", addresses_of=lambda _: ["127.0.0.1"], port=silent.getsockname()[1])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:0:0:1",
    ],
)
def test_no_address_inside_is_public(address: str) -> None:
    assert not is_public(address)
    kind = "AAAA" if ":" in address else "A"
    other = {"A acme.example": ["93.184.215.14"]} if kind == "AAAA" else {}
    with dns_server({**other, f"{kind} acme.example": [address]}) as resolver, pytest.raises(LookupFailed):
        public_addresses("acme.example", resolver=resolver)


def test_an_address_of_the_internet_is_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert is_public("::ffff:93.184.215.14")
    with dns_server({"A acme.example": ["93.184.215.14"]}) as resolver:
        assert public_addresses("acme.example", resolver=resolver) == ["93.184.215.14"]


def test_a_domain_that_leads_inside_is_not_connected_to(unverified: Company, owner: User) -> None:
    request = verification.request_by_well_known(company=unverified, user=owner)
    inside = socket.create_server(("127.0.0.1", 0))
    inside.settimeout(0)
    with inside, dns_server({"A acme.example": ["127.0.0.1"]}) as resolver:

        def fetch(domain: str) -> str:
            return well_known_file(
                domain,
                addresses_of=lambda domain: public_addresses(domain, resolver=resolver),
                port=inside.getsockname()[1],
            )

        with pytest.raises(verification.ProofNotFound, match="no address on the public internet"):
            verification.check(request=request, user=owner, fetch_file=fetch)
        with pytest.raises(BlockingIOError):
            inside.accept()


# By staff


def test_staff_approve_what_was_submitted(
    unverified: Company, owner: User, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    request = verification.request_by_staff(
        company=unverified, statement="We are Acme.", links=["https://register.example/acme"], user=owner
    )
    unverified.refresh_from_db()
    assert unverified.verification_state == VerificationState.PENDING
    with django_capture_on_commit_callbacks(execute=True):
        verification.approve(request=request, staff=staff, reason="Seen in the register.")
    unverified.refresh_from_db()
    request.refresh_from_db()
    assert unverified.is_verified
    assert (request.decided_by, request.reason) == (staff, "Seen in the register.")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.act, entry.target_id) == (staff, "approve_company", unverified.public_id)
    assert mail.outbox[-1].to == ["owner@acme.example"]


def test_a_rejection_needs_a_reason_and_tells_it(
    unverified: Company, owner: User, staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    request = verification.request_by_staff(company=unverified, statement="We are Acme.", user=owner)
    with pytest.raises(InvalidParameter):
        verification.reject(request=request, staff=staff, reason="  ")
    with django_capture_on_commit_callbacks(execute=True):
        verification.reject(request=request, staff=staff, reason="The register says otherwise.")
    unverified.refresh_from_db()
    assert unverified.verification_state == VerificationState.REJECTED
    assert "The register says otherwise." in str(mail.outbox[-1].body)
    with pytest.raises(verification.NotPending):
        verification.approve(request=request, staff=staff)
    verification.request_by_staff(company=unverified, statement="Here is more.", user=owner)


def test_staff_cannot_approve_an_unproven_code_or_record(
    unverified: Company, owner: User, staff: User
) -> None:
    request = verification.request_by_dns(company=unverified, user=owner)
    with pytest.raises(verification.NotPending):
        verification.approve(request=request, staff=staff)


@pytest.mark.parametrize(
    ("statement", "links"),
    [("", []), ("x" * 5001, []), ("Acme", ["javascript:alert(1)"]), ("Acme", ["x"] * 11)],
)
def test_nothing_unreadable_is_submitted(
    unverified: Company, owner: User, statement: str, links: list[str]
) -> None:
    with pytest.raises(InvalidParameter):
        verification.request_by_staff(company=unverified, statement=statement, links=links, user=owner)


def test_taking_verification_away_takes_the_jobs_off_the_board(company: Company, staff: User) -> None:
    job = make_job(company)
    verification.reject_company(company=company, staff=staff, reason="Sold to somebody else.")
    assert not Job.objects.listed().exists()
    assert not Listing.objects.exists()
    verification.approve_company(company=company, staff=staff)
    assert Job.objects.listed().get() == job
    assert Listing.objects.filter(job=job).exists()


# Companies


def test_a_verified_company_that_moves_to_another_domain_is_not_verified_any_more(staff: User) -> None:
    company = make_company(domain="acme.example")
    make_job(company)
    company = companies.update_company(company=company, changes={"domain": "www.Other.example"}, user=staff)
    assert company.domain == "other.example"
    assert company.verification_state == VerificationState.UNVERIFIED
    assert not Listing.objects.exists()
    assert company.events.get().details["domain"] == ["acme.example", "other.example"]


@pytest.mark.django_db
def test_writing_the_same_domain_in_another_way_changes_nothing() -> None:
    company = make_company(domain="acme.example")
    company = companies.update_company(company=company, changes={"domain": "https://www.ACME.example/"})
    assert company.is_verified
    assert not company.events.exists()


@pytest.mark.django_db
def test_companies_of_the_same_name_have_their_own_slugs() -> None:
    account = make_account()
    made = [companies.create_company(account=account, name="Acme Ltd", domain="") for _ in range(3)]
    assert made[0].slug == "acme-ltd"
    assert len({company.slug for company in made}) == 3
    assert companies.create_company(account=account, name="株式会社", domain="").slug == "company"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": " "},
        {"name": "x" * 151},
        {"name": "a\x00b"},
        {"domain": "localhost"},
        {"domain": "10.0.0.1"},
        {"domain": "https://[::1]/"},
        {"domain": "faß.example"},
        {"website": "javascript:alert(1)"},
        {"logo_url": "http://acme.example/logo.png"},
    ],
)
@pytest.mark.django_db
def test_a_company_cannot_be_made_of_nonsense(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidParameter):
        companies.create_company(account=make_account(), **{"name": "Acme", "domain": "", **fields})


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("https://www.Example.com/jobs?x=1", "example.com"),
        ("example.com.", "example.com"),
        ("jobs@example.com", "example.com"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("www.com", "www.com"),
        ("EXAMPLE.CO.UK:443", "example.co.uk"),
    ],
)
def test_a_domain_is_found_in_what_people_type(typed: str, domain: str) -> None:
    assert companies.normalise_domain(typed) == domain


@given(st.text(max_size=80) | st.from_regex(r"(https?://)?[\w.\-:@\[\]/]{0,60}", fullmatch=True))
def test_any_text_is_a_domain_or_a_clear_error(text: str) -> None:
    try:
        domain = companies.normalise_domain(text)
    except InvalidParameter:
        pass
    else:
        assert re.fullmatch(r"[a-z0-9.-]{3,253}", domain)
        assert companies.normalise_domain(domain) in (domain, domain.removeprefix("www."))
