"""The jobs of a list as JSON shows them, straight from their columns: what `JobSerializer` says, sooner."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from jobs import logos
from jobs.kept import Kept
from jobsphere.api.json import rendered
from jobsphere.database import fetch_prepared

_SQL = """
    SELECT
        job.id, job.public_id, job.title, job.location, job.type, job.posted_at, job.tags,
        job.experience_level, job.remote, job.salary_min, job.salary_max, job.salary_currency, category.slug,
        company.public_id, company.name, company.logo, company.logo_url
    FROM jobs_job AS job
    JOIN jobs_company AS company ON company.id = job.company_id
    LEFT JOIN jobs_category AS category ON category.id = job.category_id
    WHERE job.id = ANY(%s)
"""


MOST = 20_000
"""Jobs that a worker keeps, of less than 1 kB each."""

_items: Kept[int, Any] = Kept(MOST)


def items(job_ids: Sequence[int], version: int) -> list[Any]:
    """Return the jobs of these keys in this order, rendered, by one query for those that are not kept.

    Args:
        version: of the listings, in which these were found.
    """
    kept = _items.of(version)
    if unknown := [job_id for job_id in job_ids if job_id not in kept]:
        kept |= {row[0]: rendered(_item(*row[1:])) for row in fetch_prepared(_SQL, [unknown])}
    return [kept[job_id] for job_id in job_ids if job_id in kept]


def _item(
    public_id: str,
    title: str,
    location: str,
    type: str,
    posted_at: Any,
    tags: list[str],
    experience_level: str | None,
    remote: bool,
    salary_min: int | None,
    salary_max: int | None,
    salary_currency: str,
    category: str | None,
    company_id: str,
    company_name: str,
    logo: str,
    logo_url: str,
) -> dict[str, Any]:
    pay = {"min": salary_min, "max": salary_max, "currency": salary_currency}
    return {
        "id": public_id,
        "title": title,
        "company": {
            "id": company_id,
            "name": company_name,
            "logo_url": (logos.url(logo) if logo else logo_url) or None,
        },
        "location": location,
        "type": type,
        "salary_range": None if salary_min is None else pay,
        "posted_at": posted_at,
        "skills": [tag for tag in tags if tag.lower() != category],
        "experience_level": experience_level,
        "category": category,
        "remote": remote,
        "url": f"{settings.BASE_URL}/jobs/{public_id}",
    }
