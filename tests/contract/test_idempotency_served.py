"""`Idempotency-Key` under real concurrency: equal calls at once are done once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import requests

from applications.models import Application
from jobs.models import Job
from tests.contract.conftest import Call, Employer

AT_ONCE = 20


def test_of_twenty_equal_calls_at_once_one_makes_a_job(call: Call, served: str, employer: Employer) -> None:
    body = {
        "title": "The only one",
        "company_id": employer.company,
        "description": "Build things.",
        "location": "Remote",
    }

    def post(_: int) -> requests.Response:
        return call(employer.secret, "POST", "/v1/jobs", json=body, headers={"Idempotency-Key": "one-job"})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(post, range(AT_ONCE)))

    job = Job.objects.get(title="The only one")  # and no second
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 409}
    done = [answer for answer in answers if answer.status_code == 201]
    assert sum("Idempotent-Replayed" not in answer.headers for answer in done) == 1
    for answer in done:
        assert answer.json()["id"] == job.public_id
        assert answer.headers["Location"] == f"/v1/jobs/{job.public_id}"
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["error"]["code"] == "idempotency_in_progress"
    again = post(0)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.content == next(iter(done)).content


def test_of_twenty_applications_of_one_candidate_at_once_one_is_kept(call: Call, employer: Employer) -> None:
    body = {
        "job_id": employer.other_jobs[0],
        "candidate_email": "twice@example.com",
        "resume_url": "https://secure.storage/resume.pdf",
    }

    def post(number: int) -> requests.Response:
        headers = {"Idempotency-Key": f"another-{number}"}
        return call(employer.secret, "POST", "/v1/applications", json=body, headers=headers)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(post, range(AT_ONCE)))

    first = Application.objects.get(candidate__email="twice@example.com")
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: AT_ONCE - 1}
    for answer in answers:
        if answer.status_code == 400:
            error = answer.json()["error"]
            assert error["code"] == "duplicate_application"
            assert first.public_id in error["message"]
