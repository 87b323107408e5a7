"""Pages and filters of a list."""

import math
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.factories import ApiClient, faults
from tests.jobsphere.toy import GroupFilters

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]


@pytest.fixture
def groups(toy: None) -> list[Group]:
    return Group.objects.bulk_create([Group(name=f"group {number:02}") for number in range(45)])


def links(answer: Any) -> dict[str, str]:
    return {relation: url for url, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.get("Link", ""))}


def pages(answer: Any) -> dict[str, int]:
    return {
        relation: int(parse_qs(urlsplit(url).query)["page"][0]) for relation, url in links(answer).items()
    }


@pytest.mark.usefixtures("groups")
def test_the_envelope_is_the_documented_one(reader: ApiClient) -> None:
    body = reader.get("/v1/groups").json()
    assert list(body) == ["data", "pagination"]
    assert len(body["data"]) == 20
    assert body["pagination"] == {"current_page": 1, "total_pages": 3, "total_items": 45}


@pytest.mark.usefixtures("groups")
def test_pages_together_hold_every_item_once(reader: ApiClient) -> None:
    seen: list[int] = []
    url: str | None = "/v1/groups?limit=7"
    while url:
        answer = reader.get(url)
        seen += [item["id"] for item in answer.json()["data"]]
        url = links(answer).get("next")
    assert seen == list(Group.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.usefixtures("groups")
def test_links_lead_around_and_keep_the_other_parameters(reader: ApiClient) -> None:
    assert pages(reader.get("/v1/groups")) == {"first": 1, "next": 2, "last": 3}
    assert pages(reader.get("/v1/groups?page=2")) == {"first": 1, "prev": 1, "next": 3, "last": 3}
    assert pages(reader.get("/v1/groups?page=3")) == {"first": 1, "prev": 2, "last": 3}
    assert pages(reader.get("/v1/groups?page=9")) == {"first": 1, "prev": 3, "last": 3}
    link = links(reader.get("/v1/groups?q=group%20&limit=5"))["next"]
    assert link == "https://testserver/v1/groups?q=group+&limit=5&page=2"
    assert len(reader.get(link).json()["data"]) == 5


@pytest.mark.usefixtures("groups")
@pytest.mark.parametrize("page", ["4", "100000", "9007199254740991"])
def test_a_page_past_the_end_is_empty_with_true_totals(
    reader: ApiClient, page: str, django_assert_max_num_queries: Any
) -> None:
    reader.get("/v1/groups")
    with django_assert_max_num_queries(2):  # the key and the count
        answer = reader.get(f"/v1/groups?page={page}")
    assert answer.status_code == 200
    assert answer.json() == {
        "data": [],
        "pagination": {"current_page": int(page), "total_pages": 3, "total_items": 45},
    }


def test_nothing_found_is_no_page_and_no_link(reader: ApiClient) -> None:
    answer = reader.get("/v1/groups")
    assert answer.json()["pagination"] == {"current_page": 1, "total_pages": 0, "total_items": 0}
    assert "Link" not in answer


@pytest.mark.parametrize("limit", ["0", "101", "-1", "99999999999999999999999", "9" * 1000])
def test_a_limit_out_of_range_is_refused(reader: ApiClient, limit: str) -> None:
    assert faults(reader.get(f"/v1/groups?limit={limit}")) == {"limit": "out_of_range"}


@pytest.mark.parametrize("limit", ["", "x", "1.0", "1e1", "0x10", "%2B5", "1_0", "%D9%A1", "null", "1%202"])
def test_a_limit_that_is_no_number_is_refused(reader: ApiClient, limit: str) -> None:
    assert faults(reader.get(f"/v1/groups?limit={limit}")) == {"limit": "invalid_parameter"}


@pytest.mark.parametrize("page", ["0", "-1", "9007199254740992"])
def test_a_page_out_of_range_is_refused(reader: ApiClient, page: str) -> None:
    assert faults(reader.get(f"/v1/groups?page={page}")) == {"page": "out_of_range"}


def test_all_faults_of_a_query_come_in_one_answer(reader: ApiClient) -> None:
    answer = reader.get("/v1/groups?typo=1&limit=0&page=x&size=Huge&since=yesterday&remote=yes&salary_min=-1")
    assert faults(answer) == {
        "typo": "unknown_parameter",
        "limit": "out_of_range",
        "page": "invalid_parameter",
        "size": "invalid_parameter",
        "since": "invalid_parameter",
        "remote": "invalid_parameter",
        "salary_min": "out_of_range",
    }
    messages = {fault["param"]: fault["message"] for fault in answer.json()["error"]["details"]}
    assert messages["typo"] == (
        "typo is not a parameter of this call. Valid: limit, name, page, q, remote, salary_min, since, size."
    )
    assert messages["remote"] == "remote must be true or false."
    assert messages["size"] == "size must be one of these, or several with commas: Small, Large."


def test_a_repeated_parameter_is_refused(reader: ApiClient) -> None:
    assert faults(reader.get("/v1/groups?limit=1&limit=2")) == {"limit": "invalid_parameter"}


def test_faults_are_found_before_any_query(reader: ApiClient, django_assert_num_queries: Any) -> None:
    reader.get("/v1/groups")
    with django_assert_num_queries(1):  # the key
        reader.get("/v1/groups?limit=0")


@pytest.mark.usefixtures("groups")
def test_a_comma_list_means_any_of_them(reader: ApiClient) -> None:
    answer = reader.get("/v1/groups?name=group%2001,%20group%2003,nobody,group%2001")
    assert [item["name"] for item in answer.json()["data"]] == ["group 01", "group 03"]


@pytest.mark.usefixtures("groups")
def test_empty_free_text_is_as_if_absent_and_other_empty_values_are_faults(reader: ApiClient) -> None:
    assert reader.get("/v1/groups?q=").json()["pagination"]["total_items"] == 45
    for name in ("name", "size", "since", "remote", "salary_min", "limit", "page"):
        assert faults(reader.get(f"/v1/groups?{name}=")) == {name: "invalid_parameter"}


def values(query: str) -> dict[str, Any]:
    filterset = GroupFilters(QueryDict(query))
    assert filterset.faults() == []
    return filterset.values


def test_choices_are_read_in_any_case_and_given_in_their_own() -> None:
    assert values("size=small,LARGE,small")["size"] == ["Small", "Large"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-04-10", "2025-04-10T00:00:00+00:00"),
        ("2025-04-10T08:00:00Z", "2025-04-10T08:00:00+00:00"),
        ("2025-04-10T08:00:00%2B02:00", "2025-04-10T06:00:00+00:00"),
        ("2025-04-10T08:00:00.5Z", "2025-04-10T08:00:00.500000+00:00"),
    ],
)
def test_times_are_read_as_rfc_3339(text: str, moment: str) -> None:
    assert values(f"since={text}")["since"].isoformat() == moment


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-31",
        "2025-04-10T08:00:00",
        "2025-04-10T08:00:00+02:00",
        "0001-01-01T00:00:00%2B14:00",
        "1",
        "now",
    ],
)
def test_other_times_are_refused(reader: ApiClient, text: str) -> None:
    assert faults(reader.get(f"/v1/groups?since={text}")) == {"since": "invalid_parameter"}


def test_defaults_are_the_documented_ones() -> None:
    assert {name: values("")[name] for name in ("limit", "page", "q", "size")} == {
        "limit": 20,
        "page": 1,
        "q": None,
        "size": None,
    }


@given(st.dictionaries(st.sampled_from(list(GroupFilters.base_filters)), st.text(max_size=30)))
def test_every_query_is_read_or_refused(parameters: dict[str, str]) -> None:
    query = QueryDict(mutable=True)
    query.update(parameters)
    filterset = GroupFilters(query)
    found = filterset.faults()
    assert all(fault.param in parameters and fault.message for fault in found)
    if not found:
        read = filterset.values
        assert 1 <= read["limit"] <= 100
        assert read["page"] >= 1
        assert not any(isinstance(value, float) and math.isnan(value) for value in read.values())
