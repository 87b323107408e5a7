"""What JobSphere is compared with works: a benchmark is run seldom, and breaks unseen."""

import pytest
from django.test import override_settings

from benchmarks.relevance.systems import systems
from benchmarks.rivals import Tantivy
from jobs import index
from tests.fixtures.factories import make_job


@pytest.mark.django_db(transaction=True)
@override_settings(ROOT_URLCONF="benchmarks.rivals", DEVELOPMENT=True)
def test_each_way_to_search_finds_a_job_by_its_title() -> None:
    nurse, _ = make_job(title="Nurse"), make_job(title="Welder")
    try:
        found = {name: list(search("nurse")) for name, search in systems().items()}
    finally:
        index.unload()
    assert found == {name: [nurse.pk] for name in found}


@pytest.mark.django_db
def test_tantivy_tells_the_newest_and_their_number() -> None:
    jobs = [make_job(title=title) for title in ("Nurse", "Welder", "Head nurse")]
    rows = [(job.pk, job.title, "", job.company.name, "", "", job.posted_at) for job in jobs]
    assert Tantivy(rows).search("+nurse") == ([jobs[2].pk, jobs[0].pk], 2)
