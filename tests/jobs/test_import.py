"""Importing postings: every row is accounted for, and a second run changes nothing."""

import gzip
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries

from accounts.models import Account
from jobs.models import Company, CompanyEvent, Job, JobEvent, JobStatus, Listing, ListingChange, SearchWord
from jobs.posting_files import SAMPLE, Line
from jobs.services import importing, moderation
from jobs.services.categories import load_categories
from jobs.services.importing import Refusal, Report, import_batch, import_lines
from jobs.usajobs import Posting, read_row
from tests.fixtures.factories import ApiClient, frozen, make_job, make_user
from tests.jobs.test_import_mapping import DETAILED, LISTING, json_values

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of rows, each a JSON value or the bytes of a line."""

    def _write(*rows: Any, name: str = "postings.jsonl") -> Path:
        lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
        content = b"\n".join(lines) + b"\n"
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return _write


def listing(number: int, **changes: Any) -> dict[str, Any]:
    return {**LISTING, "control_number": number, **changes}


def run(*paths: Path, **options: Any) -> dict[str, int]:
    """Run the command, and return the table it prints, without the zeros."""
    output = StringIO()
    call_command("import_postings", *map(str, paths), stdout=output, **options)
    table = re.findall(r"^ *([\d,]+)  (.+)$", output.getvalue(), re.MULTILINE)
    return {name: count for number, name in table if (count := int(number.replace(",", "")))}


def test_the_sample_is_imported_whole_and_a_second_run_changes_nothing() -> None:
    load_categories()
    assert run(SAMPLE) == {"imported": 616, "rows": 616}
    before = list(Job.objects.order_by("pk").values())
    assert run(SAMPLE) == {"unchanged": 616, "rows": 616}
    assert list(Job.objects.order_by("pk").values()) == before
    assert JobEvent.objects.count() == Listing.objects.count() == 616
    assert Job.objects.exclude(category=None).count() > 600


def test_imported_postings_are_found_and_applied_for_at_the_source(write: Write, api: ApiClient) -> None:
    load_categories()
    run(write(DETAILED), reopen=True)
    found = api.get("/v1/jobs", {"q": "data scientist python", "category": "data-science"}).json()["data"]
    assert [job["title"] for job in found] == ["Data Scientist"]
    assert found[0]["salary_range"] == {"min": 100602, "max": 130786, "currency": "USD"}
    job = api.get(f"/v1/jobs/{found[0]['id']}").json()
    assert job["application_instructions"]["url"] == "https://www.usajobs.gov/job/861898300"


@pytest.mark.usefixtures("places")
def test_imported_postings_are_found_by_place(write: Write, api: ApiClient) -> None:
    run(write(DETAILED), reopen=True)
    assert api.get("/v1/jobs", {"location": "usa"}).json()["pagination"]["total_items"] == 1


def test_a_posting_that_closed_is_imported_as_history(write: Write, api: ApiClient) -> None:
    run(write(LISTING))
    job = Job.objects.get()
    assert (job.status, job.state) == (JobStatus.PUBLISHED, "expired")
    assert api.get("/v1/jobs").json()["data"] == []


def test_reopened_postings_end_in_30_to_120_days_the_same_day_each_time(write: Write) -> None:
    path = write(*(listing(number) for number in range(200)))
    with frozen(NOW):
        run(path, reopen=True)
    ends = dict(Job.objects.values_list("external_id", "expires_at"))
    assert {(end - NOW).days for end in ends.values()} <= set(range(30, 121))
    assert len(set(ends.values())) > 50
    assert set(Job.objects.values_list("posted_at", flat=True)) == {datetime(2024, 2, 5, tzinfo=UTC)}

    with frozen(datetime(2026, 12, 1, tzinfo=UTC)):
        assert run(path, reopen=True) == {"unchanged": 200, "rows": 200}
    Job.objects.all().delete()
    with frozen(NOW):
        run(path, reopen=True)
    assert dict(Job.objects.values_list("external_id", "expires_at")) == ends


def test_a_posting_that_is_still_open_is_not_reopened(write: Write) -> None:
    with frozen(datetime(2024, 2, 10, tzinfo=UTC)):
        run(write(LISTING), reopen=True)
    assert Job.objects.get().expires_at == datetime(2024, 2, 19, 23, 59, 59, tzinfo=UTC)


def test_without_reopening_the_original_end_comes_back(write: Write) -> None:
    path = write(LISTING)
    run(path, reopen=True)
    assert run(path) == {"updated": 1, "rows": 1}
    assert Job.objects.get().expires_at == datetime(2024, 2, 19, 23, 59, 59, tzinfo=UTC)


def test_a_changed_row_updates_its_posting_and_the_search(write: Write, api: ApiClient) -> None:
    run(write(listing(1), listing(2)), reopen=True)
    changed = listing(1, position_title="Zookeeper", agency="National Zoo", occupation_series=[])
    assert run(write(changed, listing(2)), reopen=True) == {"updated": 1, "unchanged": 1, "rows": 2}
    job = Job.objects.get(external_id="1")
    assert (job.title, job.company.name, job.tags) == ("Zookeeper", "National Zoo", [])
    assert job.updated_at > job.created_at
    assert [event.kind for event in job.events.order_by("pk")] == ["imported", "changed"]
    assert api.get("/v1/jobs", {"q": "zookeeper"}).json()["pagination"]["total_items"] == 1


def test_texts_are_kept_as_they_are_whatever_signs_they_hold() -> None:
    odd = [
        'say "hi"',
        "back\\slash",
        "{a,b}",
        "NULL",
        "",
        " ",
        "tab\tnew\nline\r",
        "\\N",
        "日本 ü",
        "\\.",
        "'",
    ]
    posting = read_row(LISTING)
    for texts in ([], odd, odd[::-1]):  # one as new, then two as changed
        said = posting._replace(tags=texts, requirements=texts, description="\n".join(texts))
        import_batch(postings=[said])
        job = Job.objects.get()
        assert (job.tags, job.requirements, job.description) == (texts, texts, said.description)
        assert import_batch(postings=[said]).counts == (0, 0, 1)
    import_batch(postings=[posting._replace(external_id="2", tags=odd, requirements=odd)])
    job = Job.objects.get(external_id="2")
    assert (job.tags, job.requirements) == (odd, odd)
    assert job.posted_at == posting.posted_at


def test_jobs_that_all_change_need_no_new_entries_in_their_indexes() -> None:
    postings = [read_row(json.loads(line)) for line in gzip.decompress(SAMPLE.read_bytes()).splitlines()]
    import_batch(postings=postings)
    before = _updates_of_jobs()
    import_batch(postings=[posting._replace(title=f"{posting.title} (II)") for posting in postings])
    updated, without_entries = (now - then for now, then in zip(_updates_of_jobs(), before, strict=True))
    assert updated == len(postings)
    assert without_entries > 0.95 * updated


def _updates_of_jobs() -> tuple[int, int]:
    """How many updates of jobs this transaction made, and how many of them without new entries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_get_xact_tuples_updated(jobs), pg_stat_get_xact_tuples_hot_updated(jobs)"
            " FROM CAST('jobs_job'::regclass AS oid) AS jobs"
        )
        return cursor.fetchone()


def test_the_jobs_of_a_batch_are_written_in_order_of_time(write: Write) -> None:
    days = ["2024-02-07", "2024-02-05", "2024-02-06"]
    run(write(*(listing(number, open_date=day) for number, day in enumerate(days))))
    assert list(Job.objects.order_by("pk").values_list("external_id", flat=True)) == ["1", "2", "0"]


def test_a_row_of_which_only_the_text_changed_leaves_the_search_as_it_is(write: Write) -> None:
    run(write(DETAILED))
    before = list(ListingChange.objects.values())
    changed = {**DETAILED, "duties": f"{DETAILED['duties']} Quite other duties."}
    assert run(write(changed)) == {"updated": 1, "rows": 1}
    assert "Quite other duties." in Job.objects.get().description
    assert list(ListingChange.objects.values()) == before
    run(write({**changed, "close_date": "2099-01-01"}))
    assert Listing.objects.get().expires_at == Job.objects.get().expires_at


def test_what_staff_have_suspended_does_not_come_back(write: Write) -> None:
    run(write(LISTING), reopen=True)
    staff = make_user(is_staff=True, is_superuser=True)
    moderation.suspend_job(job=Job.objects.get(), staff=staff, reason="Misleading.")
    assert run(write({**LISTING, "position_title": "Other"}), reopen=True) == {"updated": 1, "rows": 1}
    assert Job.objects.get().state == "suspended"
    assert not Listing.objects.exists()


def test_agencies_become_verified_companies_of_an_account_without_members(write: Write) -> None:
    Account.objects.create(name="USAJOBS (public data)").members.add(
        make_user(), through_defaults={"role": "owner"}
    )
    run(write(listing(1), listing(2), listing(3, agency="Library of Congress")))
    companies = Company.objects.all()
    assert sorted(company.name for company in companies) == [
        "Library of Congress",
        "Mine Safety and Health Administration",
    ]
    assert all(company.in_good_standing and company.domain == "usajobs.gov" for company in companies)
    (account,) = {company.account for company in companies}
    assert not account.members.exists()
    assert CompanyEvent.objects.filter(kind="verified", reason__startswith="Imported").count() == 2


def test_an_employers_own_job_with_the_same_number_is_left_alone(write: Write) -> None:
    own = make_job(external_id="774711000", title="Ours")
    assert run(write(LISTING)) == {"imported": 1, "rows": 1}
    assert run(write(LISTING)) == {"unchanged": 1, "rows": 1}
    own.refresh_from_db()
    assert own.title == "Ours"
    assert Job.objects.filter(external_id="774711000").count() == 2


def test_a_known_posting_is_found_by_the_index_of_external_ids(write: Write) -> None:
    path = write(LISTING)
    run(path)
    asked = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        run(path)
    ((known, parameters),) = [each for each in asked if '."external_id" IN' in each[0]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {known}", parameters)
        assert "job_external_id_unique" in str(cursor.fetchall())


UGLY: list[tuple[Any, str | None]] = [
    (b'{"control_number": 1, "title": ', "not JSON"),
    (b"\xff\xfe\x00garbage\x80", "not JSON"),
    ([1, 2], "not a JSON object"),
    (None, "not a JSON object"),
    ({}, "control_number is missing"),
    (listing(11), None),
    (listing(11, position_title="Another"), "duplicate control_number"),
    (listing(12, position_title=None), "title is missing"),
    (listing(13, position_title="x" * 201), "title is longer than 200 characters"),
    (listing(14, open_date=None), "open_date is missing"),
    (listing(15, close_date="soon"), "close_date is not a date"),
    (listing(16, open_date="2024-03-01"), "close_date lies before open_date"),
    ({**DETAILED, "url": "ftp://example.com"}, "link to the original is missing or no web address"),
    (listing(17, position_title="Nul\x00l", agency="\u0000", subagency="a" * 3000), None),
    (listing(18), None),
]


def test_every_ugly_row_is_refused_with_its_line_and_reason_and_the_rest_imported(
    write: Write, tmp_path: Path
) -> None:
    refusals = tmp_path / "refusals.jsonl"
    path = write(*(row for row, _ in UGLY))
    table = run(path, refusals=refusals)
    expected = [(line, kind) for line, (_, kind) in enumerate(UGLY, start=1) if kind]
    assert table == {
        "imported": len(UGLY) - len(expected),
        "rows": len(UGLY),
        **Counter(f"refused: {kind}" for _, kind in expected),
    }
    written = [json.loads(line) for line in refusals.read_text().splitlines()]
    assert [(refusal["line"], refusal["reason"].split(":")[0]) for refusal in written] == expected
    assert {refusal["file"] for refusal in written} == {str(path)}
    duplicate = next(refusal for refusal in written if refusal["line"] == 7)
    assert duplicate["reason"] == f"duplicate control_number: first on line 6 of {path}"
    assert duplicate["control_number"] == 11


def test_refusals_are_shown_with_line_and_reason(write: Write) -> None:
    path = write(listing(1), b"nonsense", *(listing(n, open_date=None) for n in range(2, 40)))
    output = StringIO()
    call_command("import_postings", str(path), stdout=output)
    assert f"{path}, line 2: not JSON" in output.getvalue()
    assert f"{path}, line 3: open_date is missing" in output.getvalue()
    assert "Name a file with --refusals to have them all." in output.getvalue()


def test_a_duplicate_leads_to_the_same_posting_in_every_run(write: Write) -> None:
    path = write(listing(1), listing(1, position_title="Another"))
    assert run(path) == {"imported": 1, "refused: duplicate control_number": 1, "rows": 2}
    assert run(path) == {"unchanged": 1, "refused: duplicate control_number": 1, "rows": 2}
    assert Job.objects.get().title == "Human Resources Specialist"


def test_a_refused_row_leaves_its_number_to_a_later_one(write: Write) -> None:
    assert run(write(listing(1, open_date=None), listing(1))) == {
        "imported": 1,
        "refused: open_date is missing": 1,
        "rows": 2,
    }


def test_blank_lines_are_no_rows_and_a_byte_order_mark_is_no_fault(write: Write) -> None:
    marked = b"\xef\xbb\xbf" + json.dumps(listing(1)).encode()
    assert run(write(marked, b"", b"  ", listing(2))) == {"imported": 2, "rows": 2}


def test_folders_and_compressed_files_are_read(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(listing(1), name="a.jsonl")
    write(listing(2), name="b.jsonl.gz")
    write(listing(3), name="notes.txt")
    assert run(tmp_path) == {"imported": 2, "rows": 2}
    monkeypatch.setenv("JOBSPHERE_POSTINGS", f"{tmp_path}:{tmp_path / 'notes.txt'}")
    assert run() == {"imported": 1, "unchanged": 2, "rows": 3}


def test_a_file_that_breaks_off_is_imported_up_to_there(write: Write) -> None:
    whole = write(
        *(listing(number, subagency=f"Office {number**5}") for number in range(2000)), name="a.jsonl.gz"
    )
    whole.write_bytes(whole.read_bytes()[:-2000])
    table = run(whole, write(listing(9999), name="b.jsonl"))
    assert table["imported"] == Job.objects.count() > 1000
    assert table["refused: file damaged"] == 1
    assert Job.objects.filter(external_id="9999").exists()


def test_a_limit_is_kept(write: Write) -> None:
    assert run(write(*map(listing, range(5))), limit=3) == {"imported": 3, "rows": 3}


def test_nothing_readable_is_a_failure(write: Write, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No posting could be read"):
        run(write(b"nonsense"))
    with pytest.raises(CommandError, match="is no file of postings"):
        run(tmp_path / "missing.jsonl")


@pytest.mark.parametrize("option", ["--writers", "--limit"])
@pytest.mark.parametrize("number", ["0", "-1", "1.5", "two", ""])
def test_a_number_that_makes_no_sense_is_refused_before_anything_is_read(
    write: Write, option: str, number: str
) -> None:
    with pytest.raises(CommandError, match=rf"{option}: '{number}' is not a whole number from 1 on"):
        call_command("import_postings", str(write(listing(1))), f"{option}={number}")
    assert not Job.objects.exists()


def test_refusals_that_cannot_be_written_are_told_before_anything_is_imported(
    write: Write, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r"refusals cannot be written: No such file.+Nothing was imported"):
        run(write(listing(1)), refusals=tmp_path / "missing" / "refusals")
    assert not Job.objects.exists()


def test_a_crash_between_batches_leaves_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)

    def lines() -> Iterator[Line]:
        for number in range(1, 26):
            yield Line(Path("any.jsonl"), number, json.dumps(listing(number)).encode())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_lines(lines=lines(), report=Report())
    assert Job.objects.count() == Listing.objects.count() == JobEvent.objects.count() == 20
    assert SearchWord.objects.get(word="specialist").frequency == 20


def test_a_batch_that_fails_leaves_nothing() -> None:
    good = read_row(LISTING)
    bad = good._replace(external_id="2", title="x" * 201)
    with pytest.raises(DataError):
        import_batch(postings=[good, bad])
    assert not Job.objects.exists()
    assert not Company.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_processes_import_what_one_does(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 7)
    path = write(*map(listing, range(40)), listing(3), b"no row")
    first = {"imported": 40, "rows": 42, "refused: duplicate control_number": 1, "refused: not JSON": 1}
    assert run(path, reopen=True, writers=3) == first
    assert Job.objects.count() == Listing.objects.count() == JobEvent.objects.count() == 40
    assert Account.objects.count() == Company.objects.count() == 1
    assert SearchWord.objects.get(word="specialist").frequency == 40
    first["unchanged"] = first.pop("imported")
    assert run(path, reopen=True, writers=3) == first


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_rows_at_once_import_each_once() -> None:
    postings = [read_row(LISTING)._replace(external_id=str(number)) for number in range(200)]
    import_batch(postings=[read_row(LISTING)._replace(external_id="of the same company")])
    counts: list[importing.Counts] = []

    def import_in(order: Sequence[Posting]) -> None:
        counts.append(import_batch(postings=order).counts)
        connection.close()

    threads = [threading.Thread(target=import_in, args=(order,)) for order in (postings, postings[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [(0, 0, 200), (200, 0, 0)]
    assert Job.objects.count() == Listing.objects.count() == 201
    assert Account.objects.count() == Company.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_import_outruns_changes_what_that_one_wrote() -> None:
    original = read_row(LISTING)
    import_batch(postings=[original])
    second = original._replace(description="Second.")
    counts: list[importing.Counts] = []
    importer = threading.Thread(
        target=lambda: (counts.append(import_batch(postings=[second]).counts), connection.close())
    )
    with transaction.atomic():
        import_batch(postings=[original._replace(title="First")])
        importer.start()
        time.sleep(0.5)  # long enough to read the job as it was
    importer.join()
    assert counts == [(0, 1, 0)]
    job = Job.objects.get()
    assert (job.title, job.description) == (original.title, "Second.")
    assert not Listing.objects.extra(where=["document @@ 't/first'::tsquery"]).exists()


@pytest.mark.django_db(transaction=True)
def test_a_job_that_staff_suspend_during_an_import_is_not_listed(write: Write) -> None:
    run(write(LISTING), reopen=True)
    staff = make_user(is_staff=True, is_superuser=True)
    changed = read_row(LISTING)._replace(title="Other")
    importer = threading.Thread(target=lambda: (import_batch(postings=[changed]), connection.close()))
    with transaction.atomic():
        moderation.suspend_job(job=Job.objects.get(), staff=staff, reason="Misleading.")
        importer.start()
        time.sleep(0.5)  # long enough to read the job as it was, if nothing stopped that
    importer.join()
    assert Job.objects.get().title == "Other"
    assert not Listing.objects.exists()


def test_a_batch_costs_the_same_queries_however_many_rows(
    write: Write, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(26):
        run(write(*map(listing, range(300))))


class TestAnyLines(TestCase):
    """In a class of Hypothesis's for Django, so that each example is rolled back."""

    @given(
        st.lists(
            st.binary(max_size=40)
            | json_values.map(lambda value: json.dumps(value).encode())
            | st.fixed_dictionaries(
                {"control_number": st.integers(0, 5)},
                optional=dict.fromkeys({**LISTING, **DETAILED}.keys() - {"control_number"}, json_values),
            ).map(lambda changes: json.dumps({**LISTING, **changes}).encode()),
            max_size=8,
        )
    )
    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    def test_every_line_is_accounted_for(self, contents: list[bytes]) -> None:
        refusals: list[Refusal] = []
        report = Report(on_refusal=refusals.append)
        lines = [Line(Path("any.jsonl"), number, content) for number, content in enumerate(contents, start=1)]
        import_lines(lines=lines, report=report)
        assert report.accepted + len(refusals) == report.rows == len(contents)
