"""What a row of USAJOBS becomes: each rule of docs/import.md on rows as the source writes them."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs import markdown
from jobs.categories import FIELDS, GROUPS, SERIES, field_of_series
from jobs.usajobs import LONGEST_LOCATION, UnreadableRow, read_row

LISTING: Mapping[str, Any] = {
    "control_number": 774711000,
    "year": 2024,
    "position_title": "Human Resources Specialist",
    "department": "Department of Labor",
    "agency": "Mine Safety and Health Administration",
    "subagency": None,
    "appointment_type": "Permanent",
    "occupation_series": ["0201 - Human Resources Management"],
    "hiring_paths": ["public", "Veterans"],
    "open_date": "2024-02-05",
    "close_date": "2024-02-19",
    "usajobs_url": "https://www.usajobs.gov/job/774711000",
}
DETAILED: Mapping[str, Any] = {
    "control_number": "ST-12916989-26-BDM",
    "title": "DATA SCIENTIST",
    "organization": "Naval Sea Systems Command",
    "department": "Department of the Navy",
    "location": "Keyport, Washington, Washington; Rome, New York, New York",
    "pay_scale": "GS",
    "low_grade": "12",
    "high_grade": "13",
    "min_salary": "100602",
    "max_salary": "130786",
    "open_date": "2026-03-20T09:46:16.4830",
    "close_date": "2026-03-30T23:59:59.9970",
    "url": "https://www.usajobs.gov:443/job/861898300",
    "telework": True,
    "appointment_type": "",
    "duties": "You will use Python & R to *explore* data.",
    "qualifications": "You must have a degree in statistics. Good luck!",
}


def test_a_listing_becomes_a_posting() -> None:
    posting = read_row(LISTING)
    assert posting.external_id == "774711000"
    assert posting.company == "Mine Safety and Health Administration"
    assert posting.title == "Human Resources Specialist"
    assert (posting.type, posting.experience_level) == ("Full-time", None)
    assert (posting.category, posting.tags) == ("human-resources", ["Human Resources Management"])
    assert (posting.salary_min, posting.salary_max) == (None, None)
    assert posting.location == "United States"
    assert posting.application_url == "https://www.usajobs.gov/job/774711000"
    assert posting.posted_at == datetime(2024, 2, 5, tzinfo=UTC)
    assert posting.expires_at == datetime(2024, 2, 19, 23, 59, 59, tzinfo=UTC)
    assert "**Department:** Department of Labor" in posting.description
    assert "**Who may apply:** The public; Veterans" in posting.description


def test_a_detailed_row_becomes_a_posting_with_pay_places_and_requirements() -> None:
    posting = read_row(DETAILED)
    assert posting.title == "Data Scientist"
    assert posting.company == "Naval Sea Systems Command"
    assert posting.location == "Keyport, Washington; Rome, New York"
    assert (posting.salary_min, posting.salary_max) == (100602, 130786)
    assert (posting.category, posting.experience_level) == ("data-science", "senior")
    assert posting.tags == ["Python", "R"]
    assert posting.requirements == ["You must have a degree in statistics."]
    assert posting.application_url == "https://www.usajobs.gov/job/861898300"
    assert "**Grade:** GS-12 to GS-13" in posting.description
    assert "**Telework:** possible" in posting.description


def test_the_description_shows_the_source_as_it_was_written() -> None:
    html = markdown.render(
        read_row({**DETAILED, "duties": "Use <b>R</b> & *Python*; see https://a.gov/x_y_z"}).description
    )
    assert "Use &lt;b&gt;R&lt;/b&gt; &amp; *Python*; see" in html
    assert 'href="https://a.gov/x_y_z"' in html


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("SENIOR SYSTEMS ACCOUNTANT", "Senior Systems Accountant"),
        ("DIRECTOR OF THE OFFICE", "Director of the Office"),
        ("HR AND GIS ANALYST III, NOAA", "HR and GIS Analyst III, NOAA"),
        ("SUPV ITSPEC (APPSW)", "Supervisory IT Specialist (APPSW)"),
        ("ATTORNEY-ADVISOR, GS-0905-11/12", "Attorney-Advisor, GS-0905-11/12"),
        ("WORKER'S ADVOCATE", "Worker's Advocate"),
        ("IT Specialist (CUSTSPT)", "IT Specialist (CUSTSPT)"),
        ("  Physical   Scientist ", "Physical Scientist"),
    ],
)
def test_titles_of_capital_letters_are_made_readable_and_others_stay(given: str, shown: str) -> None:
    assert read_row({**LISTING, "position_title": given}).title == shown


@pytest.mark.parametrize(
    ("agency", "department", "company"),
    [
        ("Library of Congress", "Legislative Branch", "Library of Congress"),
        (
            "Office of Inspector General",
            "Department of Labor",
            "Office of Inspector General, Department of Labor",
        ),
        (
            "Office of Management and Budget",
            "Executive Office of the President",
            "Office of Management and Budget",
        ),
        ("Other Agencies and Independent Organizations", "Judicial Branch", "Judicial Branch"),
        ("Unknown", "Unknown", "United States Government"),
        (None, None, "United States Government"),
    ],
)
def test_the_agency_is_the_company(agency: str | None, department: str | None, company: str) -> None:
    assert read_row({**LISTING, "agency": agency, "department": department}).company == company


@pytest.mark.parametrize(
    ("appointment", "title", "employment_type", "level"),
    [
        ("Permanent", "Clerk", "Full-time", None),
        ("Term", "Clerk", "Temporary", None),
        ("Detail", "Clerk", "Temporary", None),
        ("Seasonal", "Clerk", "Temporary", None),
        ("Summer", "Clerk", "Internship", "internship"),
        ("Internships", "Clerk", "Internship", "internship"),
        ("Permanent", "Student Trainee (Engineering)", "Internship", "internship"),
        ("Intermittent", "Clerk", "Part-time", None),
        ("Temporary", "Economic Assistant (Part-time)", "Part-time", None),
        ("Recent Graduates", "Clerk", "Full-time", "entry"),
        ("Permanent", "Apprentice I", "Full-time", "entry"),
        ("Permanent", "Supervisory Clerk", "Full-time", "lead"),
        ("Permanent", "Senior Clerk", "Full-time", "senior"),
        ("Permanent", "Education Program Specialist, GS-1720-13 (FPL 14)", "Full-time", "senior"),
        ("Permanent", "Analyst GS-09", "Full-time", "mid"),
        ("Permanent", "Senior Analyst GS-15", "Full-time", "executive"),
    ],
)
def test_type_and_level_by_appointment_and_title(
    appointment: str, title: str, employment_type: str, level: str | None
) -> None:
    posting = read_row({**LISTING, "appointment_type": appointment, "position_title": title})
    assert (posting.type, posting.experience_level) == (employment_type, level)


@pytest.mark.parametrize(
    ("scale", "grade", "level"),
    [
        *(("GS", grade, "entry") for grade in ("1", "5", "7")),
        *(("GS", grade, "mid") for grade in ("8", "9", "11")),
        *(("GG", grade, "senior") for grade in ("12", "13")),
        ("GS", "14", "lead"),
        ("GS", "15", "executive"),
        ("ES", "00", "executive"),
        ("NH", "3", None),
        ("GS", "99", None),
    ],
)
def test_level_by_grade(scale: str, grade: str, level: str | None) -> None:
    assert read_row({**DETAILED, "pay_scale": scale, "low_grade": grade}).experience_level == level


def test_senior_executives_are_executives() -> None:
    assert read_row({**LISTING, "hiring_paths": ["ses"]}).experience_level == "executive"


@pytest.mark.parametrize(
    ("lowest", "highest"),
    [
        ("0", "0"),
        ("18.50", "22"),
        ("90000", "80000"),
        ("Unknown", "80000"),
        (None, "80000"),
        ("9" * 400, "9" * 400),
    ],
)
def test_pay_that_makes_no_sense_is_left_out(lowest: str | None, highest: str) -> None:
    posting = read_row({**DETAILED, "min_salary": lowest, "max_salary": highest})
    assert (posting.salary_min, posting.salary_max) == (None, None)


def test_pay_may_have_signs_and_cents() -> None:
    posting = read_row({**DETAILED, "min_salary": "$49,960.00", "max_salary": 99314})
    assert (posting.salary_min, posting.salary_max) == (49960, 99314)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Gunter AFB, Alabama, Alabama", "Gunter AFB, Alabama"),
        ("Yokosuka Naval Base, Japan", "Yokosuka Naval Base, Japan"),
        ("Rome, New York, New York; Rome, New York, New York; ", "Rome, New York"),
        ("Unknown; ; Rome, New York", "Rome, New York"),
        ("Unknown", "United States"),
        ("", "United States"),
    ],
)
def test_locations_are_kept_readable(given: str, shown: str) -> None:
    assert read_row({**DETAILED, "location": given}).location == shown


def test_more_places_than_fit_end_with_a_whole_one_and_stand_in_the_description() -> None:
    posting = read_row({**DETAILED, "location": "; ".join(f"Town {n}, Alabama, Alabama" for n in range(500))})
    assert len(posting.location) <= LONGEST_LOCATION
    assert posting.location.endswith(", Alabama")
    assert "Town 499, Alabama" in posting.description


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("2210", "information-technology"),
        ("1560", "data-science"),
        ("0855", "engineering"),
        ("0801", "engineering"),
        ("0905", "legal"),
        ("0201", "human-resources"),
        ("0510", "finance"),
        ("1102", "procurement"),
        ("0083", "security"),
        ("4749", "skilled-trades"),
        ("0099", None),
        ("9876", None),
    ],
)
def test_series_lead_to_fields(code: str, slug: str | None) -> None:
    assert field_of_series(code) == slug
    assert read_row({**LISTING, "occupation_series": [f"{code} - Anything"]}).category == slug


def test_every_series_leads_to_a_field_that_exists() -> None:
    assert {*GROUPS.values(), *SERIES.values()} <= {field.slug for field in FIELDS}


@pytest.mark.parametrize(
    ("series", "tags"),
    [
        (["1560 - Data Science Series", "0347 - Gao Evaluator"], ["Data Science", "GAO Evaluator"]),
        (["0991 - Worker'S Compensation Claims Examining"], ["Worker's Compensation Claims Examining"]),
        (["0343 - Management And Program Analysis"] * 2, ["Management and Program Analysis"]),
        (["0357"], []),
        ("0510 - Accounting", ["Accounting"]),
        ([None, 7, {}, "nonsense"], []),
    ],
)
def test_names_of_series_become_skills(series: Any, tags: list[str]) -> None:
    assert read_row({**LISTING, "occupation_series": series}).tags == tags


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "https://[", "https://a b.gov/", "www.usajobs.gov"]
)
def test_a_link_that_is_none_is_made_of_the_number(url: str | None) -> None:
    assert (
        read_row({**LISTING, "usajobs_url": url}).application_url == "https://www.usajobs.gov/job/774711000"
    )


@pytest.mark.parametrize(
    "title",
    ["Test Only Do Not Apply", "TEST-Legal Counsel -do not apply", "TEST", "Testing Only", "MGS 2025.1 TEST"],
)
def test_tests_of_the_source_are_refused(title: str) -> None:
    with pytest.raises(UnreadableRow) as refused:
        read_row({**LISTING, "position_title": title})
    assert refused.value.kind == "a test of the source, no job"


@pytest.mark.parametrize(
    "title", ["Test Engineer", "Test, Training, & Exercise Manager", "Test Manager", "A/B Test"]
)
def test_jobs_that_are_about_tests_are_read(title: str) -> None:
    assert read_row({**LISTING, "position_title": title}).title == title


@pytest.mark.parametrize(
    ("duties", "shown"),
    [
        (
            "You will: 1. Plan. 2. Write *code*. 3. Test it.",
            "You will:\n\n1. Plan.\n2. Write \\*code\\*.\n3. Test it.",
        ),
        ("(1) plan; (2) write; and (3) test.", "1. plan;\n2. write; and\n3. test."),
        ("1) plan 2) write 3) test", "1. plan\n2. write\n3. test"),
        ("\uff11) plan \uff12) write \uff13) test", "1. plan\n2. write\n3. test"),
    ],
)
def test_a_text_that_counts_in_order_has_a_list(duties: str, shown: str) -> None:
    assert f"## Duties\n\n{shown}\n\n" in read_row({**DETAILED, "duties": duties}).description


@pytest.mark.parametrize(
    "duties",
    [
        "1. Plan. 2. Write.",
        "1. Plan. 2. Write. 4. Test.",
        "1. Plan. 2. Write. 3. Test. 1. Again.",
        "Grades 1. and 2. of section 3. are met.",
        "1. Plan. 2. Write. 3. Test. And now for something else, which is far longer than all of these.",
    ],
)
def test_a_text_whose_list_is_not_certain_stays_as_it_is(duties: str) -> None:
    assert f"## Duties\n\n{duties}\n\n" in read_row({**DETAILED, "duties": duties}).description


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"control_number": None}, "control_number is missing"),
        ({"control_number": "x" * 101}, "control_number is longer than 100 characters"),
        ({"title": "  "}, "title is missing"),
        ({"title": "Unknown"}, "title is missing"),
        ({"title": "x" * 201}, "title is longer than 200 characters"),
        ({"open_date": None}, "open_date is missing"),
        ({"close_date": ""}, "close_date is missing"),
        ({"close_date": "03/30/2026"}, "close_date is not a date"),
        ({"close_date": "2026-02-30"}, "close_date is not a date"),
        ({"close_date": "9999-12-31"}, "close_date is not a date"),
        ({"open_date": "2026-03-31"}, "close_date lies before open_date"),
        ({"url": None}, "link to the original is missing or no web address"),
    ],
)
def test_a_row_without_what_a_posting_needs_is_refused(changes: dict[str, Any], kind: str) -> None:
    with pytest.raises(UnreadableRow) as refused:
        read_row({**DETAILED, **changes})
    assert refused.value.kind == kind


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(json_values | st.fixed_dictionaries({}, optional=dict.fromkeys({**LISTING, **DETAILED}, json_values)))
def test_any_row_is_read_or_refused(row: object) -> None:
    with suppress(UnreadableRow):
        read_row(row)


@given(
    st.sampled_from([LISTING, DETAILED]),
    st.fixed_dictionaries({}, optional=dict.fromkeys({**LISTING, **DETAILED}, json_values)),
)
def test_a_damaged_row_is_read_or_refused(row: Mapping[str, Any], damage: dict[str, Any]) -> None:
    try:
        posting = read_row({**row, **damage})
    except UnreadableRow:
        return
    assert posting.title == posting.title.strip() != ""
    assert posting.posted_at < posting.expires_at
