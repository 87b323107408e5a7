"""The contract, "Managing applications and tracking candidates"."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from applications.models import MOVES, Application, Stage, TimelineEvent
from jobs.models import Company, Job
from tests.applications.conftest import Submit, application_body, form_body, row
from tests.fixtures.factories import ApiClient, client_of, error_code, faults, make_company, make_job

pytestmark = pytest.mark.django_db
URL = "/v1/applications"


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [item["id"] for item in response.json()["data"]]


def path(application: dict[str, Any], tail: str = "") -> str:
    return f"{URL}/{application['id']}{tail}"


# The list and its filters


def test_applications_are_listed_newest_first_in_the_documented_envelope(
    api: ApiClient, submit: Submit
) -> None:
    made = [submit(candidate_email=f"c{number}@example.com") for number in range(3)]

    response = api.get(URL, {"limit": 2})

    assert ids(response) == [made[2]["id"], made[1]["id"]]
    assert response.json()["data"][0] == made[2]
    assert response.json()["pagination"] == {"current_page": 1, "total_pages": 2, "total_items": 3}
    assert ids(api.get(URL, {"limit": 2, "page": 2})) == [made[0]["id"]]
    assert ids(api.get(URL, {"page": 9})) == []


def test_the_list_is_filtered_by_job(api: ApiClient, company: Company, job: Job, submit: Submit) -> None:
    other_job = make_job(company)
    first, second = submit(), submit(job_id=other_job.public_id)

    assert ids(api.get(URL, {"job_id": job.public_id})) == [first["id"]]
    assert ids(api.get(URL, {"job_id": f"{job.public_id},{other_job.public_id}"})) == [
        second["id"],
        first["id"],
    ]
    assert ids(api.get(URL, {"job_id": "job_unknown00"})) == []


def test_the_list_is_filtered_by_stage(api: ApiClient, submit: Submit) -> None:
    new, rejected = submit(), submit(candidate_email="b@example.com")
    api.patch(path(rejected), {"stage": "rejected"})

    assert ids(api.get(URL, {"stage": "new"})) == [new["id"]]
    assert ids(api.get(URL, {"stage": "new,rejected"})) == [rejected["id"], new["id"]]
    assert ids(api.get(URL, {"stage": "hired"})) == []
    assert faults(api.get(URL, {"stage": "fresh"})) == {"stage": "invalid_parameter"}


def test_the_list_is_filtered_by_the_candidates_address(api: ApiClient, submit: Submit) -> None:
    submit()
    plus = submit(candidate_email="dev+jobs@example.com")

    assert ids(api.get(f"{URL}?candidate_email={quote('Dev+Jobs@Example.com')}")) == [plus["id"]]
    assert ids(api.get(URL, {"candidate_email": "nobody@example.com"})) == []
    for wrong in ("", "dev", "dev jobs@example.com"):
        assert faults(api.get(URL, {"candidate_email": wrong})) == {"candidate_email": "invalid_parameter"}


def test_the_list_is_filtered_by_source(api: ApiClient, submit: Submit) -> None:
    first = submit(source="careers")
    submit(source="api", candidate_email="b@example.com")

    assert ids(api.get(URL, {"source": "careers"})) == [first["id"]]


def test_the_list_is_filtered_by_time(api: ApiClient, submit: Submit) -> None:
    old, new = submit(), submit(candidate_email="b@example.com")
    Application.objects.filter(public_id=old["id"]).update(submitted_at=timezone.now() - timedelta(days=2))

    since = (timezone.now() - timedelta(days=1)).isoformat()
    assert ids(api.get(URL, {"since": since})) == [new["id"]]
    assert ids(api.get(URL, {"since": new["submitted_at"]})) == [new["id"]]
    assert faults(api.get(URL, {"since": "yesterday"})) == {"since": "invalid_parameter"}


def test_filters_combine(api: ApiClient, job: Job, submit: Submit) -> None:
    first = submit()
    submit(candidate_email="b@example.com", source="careers")

    query = {"job_id": job.public_id, "stage": "new", "source": "api_integration"}
    assert ids(api.get(URL, query)) == [first["id"]]


def test_an_unknown_filter_is_refused(api: ApiClient) -> None:
    response = api.get(URL, {"status": "new", "limit": 0})

    assert faults(response) == {"status": "unknown_parameter", "limit": "out_of_range"}
    assert faults(api.get("/v1/candidates", {"mail": "x"})) == {"mail": "unknown_parameter"}


def test_a_page_costs_the_same_queries_whatever_its_length(api: ApiClient, submit: Submit) -> None:
    def count(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert api.get(url).status_code == 200
        return len(queries)

    first = submit()
    urls = [URL, "/v1/candidates", f"/v1/candidates/{first['candidate_id']}", path(first, "/timeline")]
    api.get(URL)
    alone = [count(url) for url in urls]
    for number in range(4):
        submit(candidate_email=f"c{number}@example.com")
        api.patch(path(first), {"note": f"Note {number}"})

    assert [count(url) for url in urls] == alone
    assert max(alone) <= 5


# Moves


@pytest.mark.parametrize("from_stage", list(Stage))
@pytest.mark.parametrize("to_stage", list(Stage))
def test_moves_obey_the_stated_transitions(
    api: ApiClient, submit: Submit, from_stage: Stage, to_stage: Stage
) -> None:
    application = submit()
    Application.objects.update(stage=from_stage)

    response = api.patch(path(application), {"stage": to_stage})

    if to_stage == from_stage or to_stage in MOVES[from_stage]:
        assert response.status_code == 200
        assert response.json()["stage"] == to_stage
    else:
        assert (response.status_code, error_code(response)) == (400, "invalid_transition")
        message = response.json()["error"]["message"]
        assert all(stage in message for stage in MOVES[from_stage])
        assert api.get(path(application)).json()["stage"] == from_stage
    moved = TimelineEvent.objects.filter(kind="stage_changed").exists()
    assert moved == (response.status_code == 200 and to_stage != from_stage)


def test_the_transitions_are_these() -> None:
    assert {stage.value: sorted(MOVES[stage]) for stage in Stage} == {
        "new": ["interview", "offer", "rejected", "reviewing", "withdrawn"],
        "reviewing": ["interview", "offer", "rejected", "withdrawn"],
        "interview": ["offer", "rejected", "reviewing", "withdrawn"],
        "offer": ["hired", "interview", "rejected", "withdrawn"],
        "hired": [],
        "rejected": ["reviewing"],
        "withdrawn": [],
    }


def test_an_application_is_moved_rated_and_annotated_in_one_call(api: ApiClient, submit: Submit) -> None:
    application = submit()

    response = api.patch(
        path(application), {"stage": "reviewing", "rating": 4, "note": " Strong portfolio. "}
    )

    changed = response.json()
    assert (changed["stage"], changed["rating"], changed["note_count"]) == ("reviewing", 4, 1)
    assert changed["updated_at"] >= changed["submitted_at"]
    unchanged = set(changed) - {"stage", "rating", "note_count", "updated_at"}
    assert {name: changed[name] for name in unchanged} == {name: application[name] for name in unchanged}


def test_of_several_changes_none_happens_when_one_is_refused(api: ApiClient, submit: Submit) -> None:
    application = submit()

    assert api.patch(path(application), {"stage": "hired", "rating": 4, "note": "x"}).status_code == 400
    assert api.patch(path(application), {"stage": "offer", "rating": 6, "note": "x"}).status_code == 400
    assert api.get(path(application)).json() == application
    assert TimelineEvent.objects.count() == 1


def test_a_rating_is_one_to_five_and_can_be_taken_back(api: ApiClient, submit: Submit) -> None:
    application = submit()

    assert api.patch(path(application), {"rating": 5}).json()["rating"] == 5
    assert api.patch(path(application), {"rating": None}).json()["rating"] is None
    for rating in (0, 6, 2.5, "5", True, [1]):
        assert list(faults(api.patch(path(application), {"rating": rating}))) == ["rating"]


def test_a_change_that_changes_nothing_leaves_no_trace(api: ApiClient, submit: Submit) -> None:
    application = submit()

    assert api.patch(path(application), {"stage": "new", "rating": None}).json() == application
    assert api.patch(path(application), {}).json() == application
    assert TimelineEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"stage": "fresh"}, "stage"),
        ({"stage": None}, "stage"),
        ({"note": " "}, "note"),
        ({"note": "x" * 10_001}, "note"),
        ({"note": 1}, "note"),
        ({"state": "new"}, "state"),
    ],
)
def test_a_change_out_of_its_bounds_is_refused(
    api: ApiClient, submit: Submit, body: dict[str, Any], param: str
) -> None:
    assert list(faults(api.patch(path(submit()), body))) == [param]


def test_a_read_only_key_reads_and_cannot_change(reader: ApiClient, submit: Submit) -> None:
    application = submit()

    assert reader.get(path(application)).json() == application
    response = reader.patch(path(application), {"stage": "rejected"})
    assert (response.status_code, error_code(response)) == (403, "insufficient_scope")


# The timeline


def test_the_timeline_tells_what_happened_oldest_first(
    api: ApiClient, account: Account, submit: Submit
) -> None:
    application = submit()
    api.patch(path(application), {"stage": "reviewing"})
    api.patch(path(application), {"rating": 3})
    api.patch(path(application), {"note": "Call her."})

    response = api.get(path(application, "/timeline"))

    events = response.json()["data"]
    nothing = {"from_stage": None, "to_stage": None, "note": None, "rating": None}
    key = account.api_keys.get()
    told = [{name: event[name] for name in ("type", *nothing)} for event in events]
    assert told == [
        {**nothing, "type": "submitted", "to_stage": "new"},
        {**nothing, "type": "stage_changed", "from_stage": "new", "to_stage": "reviewing"},
        {**nothing, "type": "rated", "rating": 3},
        {**nothing, "type": "note_added", "note": "Call her."},
    ]
    assert all(event["actor"] == {"type": "api_key", "id": key.public_id, "name": "Test"} for event in events)
    assert events[0]["at"] == application["submitted_at"] or events[0]["at"] >= application["submitted_at"]
    assert response.json()["pagination"]["total_items"] == 4
    second_page = api.get(path(application, "/timeline"), {"limit": 3, "page": 2}).json()["data"]
    assert second_page == events[3:]


# Who sees what


def test_strangers_find_nothing(stranger: ApiClient, api: ApiClient, job: Job) -> None:
    application = api.post(URL, form_body(job), format="multipart").json()

    for call in (
        stranger.get(path(application)),
        stranger.patch(path(application), {"stage": "withdrawn"}),
        stranger.get(path(application, "/timeline")),
        stranger.get(path(application, "/resume")),
        stranger.get(f"/v1/candidates/{application['candidate_id']}"),
        stranger.get(f"{URL}/app_00000000"),
        stranger.get(f"{URL}/{application['id'].upper()}"),
        stranger.get("/v1/candidates/cand_00000000"),
    ):
        assert (call.status_code, error_code(call)) == (404, "not_found")
    assert ids(stranger.get(URL)) == ids(stranger.get("/v1/candidates")) == []
    assert ids(stranger.get(URL, {"candidate_email": "dev@example.com"})) == []
    assert ids(stranger.get(URL, {"job_id": job.public_id})) == []
    assert ids(stranger.get("/v1/candidates", {"email": "dev@example.com"})) == []


def test_a_submitter_sees_what_it_submitted_and_the_stage(
    api: ApiClient, agency: ApiClient, job: Job, submit: Submit
) -> None:
    submitted = submit(by=agency, candidate_name="Zoë")
    submit(candidate_email="other@example.com")
    api.patch(path(submitted), {"stage": "interview", "rating": 5, "note": "Secret"})

    seen = agency.get(path(submitted)).json()

    assert seen["stage"] == "interview"
    assert {**seen, "stage": "new", "updated_at": submitted["updated_at"]} == submitted
    assert seen["candidate_id"] is seen["rating"] is seen["note_count"] is None
    assert (seen["candidate_email"], seen["cover_letter"]) == (
        "dev@example.com",
        "I'm excited to apply for...",
    )
    assert agency.get(URL).json()["data"] == [seen]
    for query in ({"job_id": job.public_id}, {"candidate_email": "dev@example.com"}, {"stage": "interview"}):
        assert ids(agency.get(URL, query)) == [submitted["id"]]


def test_a_submitter_sees_of_the_timeline_its_submission_and_the_stages(
    api: ApiClient, agency: ApiClient, submit: Submit
) -> None:
    submitted = submit(by=agency)
    api.patch(path(submitted), {"stage": "interview", "rating": 5, "note": "Secret"})

    response = agency.get(path(submitted, "/timeline"))

    events = response.json()["data"]
    assert [event["type"] for event in events] == ["submitted", "stage_changed"]
    assert [event["actor"] is None for event in events] == [False, True]
    assert response.json()["pagination"]["total_items"] == 2
    assert "Secret" not in response.content.decode()


def test_the_owner_does_not_see_the_submitters_key(api: ApiClient, agency: ApiClient, submit: Submit) -> None:
    submitted = submit(by=agency)

    (event,) = api.get(path(submitted, "/timeline")).json()["data"]
    assert event["actor"] is None


def test_a_submitter_may_only_withdraw(agency: ApiClient, submit: Submit) -> None:
    submitted = submit(by=agency)

    for body in (
        {"stage": "hired"},
        {"stage": "new"},
        {"note": "x"},
        {"rating": 5},
        {"stage": "withdrawn", "note": "x"},
        {},
    ):
        response = agency.patch(path(submitted), body)
        assert (response.status_code, error_code(response)) == (403, "forbidden")
    assert agency.patch(path(submitted), {"stage": "withdrawn"}).json()["stage"] == "withdrawn"
    assert agency.patch(path(submitted), {"stage": "withdrawn"}).status_code == 200


def test_a_submitter_can_download_the_resume_it_sent(agency: ApiClient, job: Job) -> None:
    submitted = agency.post(URL, form_body(job), format="multipart").json()

    assert agency.get(path(submitted, "/resume")).status_code == 200


def test_candidates_belong_to_the_employer_alone(agency: ApiClient, api: ApiClient, submit: Submit) -> None:
    submit(by=agency)
    candidate_id = ids(api.get("/v1/candidates"))[0]

    assert ids(agency.get("/v1/candidates")) == []
    assert agency.get(f"/v1/candidates/{candidate_id}").status_code == 404


# Candidates


def test_candidates_are_listed_newest_first(api: ApiClient, company: Company, submit: Submit) -> None:
    first = submit(candidate_name="Zoë", phone="123")
    second = submit(candidate_email="b@example.com")
    submit(job_id=make_job(company).public_id)

    response = api.get("/v1/candidates")

    assert ids(response) == [second["candidate_id"], first["candidate_id"]]
    shown = response.json()["data"][1]
    assert {name: shown[name] for name in ("email", "name", "phone", "application_count")} == {
        "email": "dev@example.com",
        "name": "Zoë",
        "phone": "123",
        "application_count": 2,
    }
    assert ids(api.get("/v1/candidates", {"email": "DEV@example.com"})) == [first["candidate_id"]]
    assert ids(api.get("/v1/candidates", {"limit": 1, "page": 2})) == [first["candidate_id"]]


def test_a_candidate_comes_with_all_applications_to_you(
    api: ApiClient, agency: ApiClient, company: Company, submit: Submit
) -> None:
    first = submit()
    second = submit(by=agency, job_id=make_job(company).public_id)
    agency.post(URL, application_body(make_job(make_company())))

    candidate = api.get(f"/v1/candidates/{first['candidate_id']}").json()

    assert candidate["application_count"] == 2
    assert [application["id"] for application in candidate["applications"]] == [second["id"], first["id"]]
    assert candidate["applications"][1] == first


def test_of_very_many_applications_the_newest_hundred_come_with_the_candidate(
    api: ApiClient, company: Company, submit: Submit
) -> None:
    first = row(submit())
    Application.objects.bulk_create(
        Application(job=make_job(company), owner=first.owner, candidate=first.candidate) for _ in range(101)
    )

    candidate = api.get(f"/v1/candidates/{first.candidate.public_id}").json()

    assert candidate["application_count"] == 102
    assert len(candidate["applications"]) == 100
    assert first.public_id not in [application["id"] for application in candidate["applications"]]


def test_who_owns_the_job_and_submitted_sees_an_application_once(
    account: Account, api: ApiClient, submit: Submit
) -> None:
    application = submit()

    assert ids(client_of(account).get(URL)) == [application["id"]]
