"""What search reads, kept in step with the jobs in the transaction of each change."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice

from django.db import connection, transaction

from jobs import listing_batches, places, search_text
from jobs.models import PERMITTED_MODERATION, Company, Job, JobStatus, Listing, Place
from jobsphere import bulk

BATCH = 1000


_Texts = tuple[str, str, str]
"""What a posting is found by: its title, its skills and its company."""


@transaction.atomic
def insert(jobs: Iterable[Job], changed: Iterable[Job] = ()) -> Counter[str]:
    """List jobs that were just made, and those that changed anew, many at once.

    Args:
        jobs: with company and category loaded (`select_related`), without listings.
        changed: others, as `refresh` takes them.

    Returns:
        The words of new ones that are listed which other postings had before, for `search_text.add_words`:
        once for many calls, as two transactions that add the same words wait for each other.
    """
    new, anew = list(filter(_belongs_in_search, jobs)), list(changed)
    _take_out(anew)
    texts = _insert([*new, *filter(_belongs_in_search, anew)])
    words = _words(texts[: len(new)])
    for word in search_text.add_unseen_words(words + _words(texts[len(new) :])):
        del words[word]
    return words


@transaction.atomic
def refresh(jobs: Iterable[Job]) -> int:
    """Make the listings of these jobs say what the jobs say now.

    Args:
        jobs: with company and category loaded (`select_related`).

    Returns:
        How many of them are listed.
    """
    listed = _write(list(jobs))
    search_text.add_unseen_words(_words(listed))
    return len(listed)


def _write(jobs: list[Job]) -> list[_Texts]:
    """Write the listings of these jobs anew, and return what those are found by that are listed."""
    _take_out(jobs)
    return _insert(list(filter(_belongs_in_search, jobs)))


def _take_out(jobs: list[Job]) -> None:
    if jobs:
        with connection.cursor() as cursor:
            # One array rather than a thousand parameters, which Django takes its time for.
            cursor.execute("DELETE FROM jobs_listing WHERE job_id = ANY(%s)", [[job.pk for job in jobs]])


def _insert(jobs: list[Job]) -> list[_Texts]:
    """Write the listings of jobs that have none, and return what those are found by."""
    if not jobs:
        return []
    ancestors = _ancestors(jobs)
    skills = [job.skills for job in jobs]
    texts = [(job.title, " ".join(own), job.company.name) for job, own in zip(jobs, skills, strict=True)]
    documents = search_text.documents(texts)
    search_text.write_companies(
        {job.company_id: company for job, (*_, company) in zip(jobs, documents, strict=True)}
    )
    rows = [
        _row(job, own, ancestors, search_text.listing_document(document, job.company_id))
        for job, own, document in zip(jobs, skills, documents, strict=True)
    ]
    bulk.insert(Listing, rows)
    employers = (search_text.employer(job.company_id) for job in jobs)
    listing_batches.write(rows, [(*each, own) for each, own in zip(documents, employers, strict=True)])
    return texts


def refresh_company(company: Company) -> int:
    """Bring the listings of a whole company in step, after its standing or name changed.

    Returns:
        How many of its jobs are listed.
    """
    if not company.in_good_standing:
        Listing.objects.filter(company=company).delete()
        return 0
    jobs = company.jobs.filter(status=JobStatus.PUBLISHED).select_related("company", "category")
    words: Counter[str] = Counter()
    count = 0
    with transaction.atomic():
        for batch in _batched(jobs.iterator(chunk_size=BATCH), BATCH):
            listed = _write(batch)
            words.update(_words(listed))
            count += len(listed)
        # Last and at once: two transactions that add the same words in turns would wait for each other.
        search_text.add_words(words)
    return count


def refresh_all(after: int = 0) -> Iterator[int]:
    """Bring the listings of all jobs in step, however old they are; needed after an upgrade that says so.

    Each batch is a transaction of its own, so that nobody waits for long, and what breaks off can go on.

    Args:
        after: the key of the last job that is in step already.

    Yields:
        The key of the last job of each batch.
    """
    while True:
        with transaction.atomic():
            jobs = Job.objects.select_for_update(of=("self",), no_key=True).filter(pk__gt=after)
            batch = list(jobs.select_related("company", "category").order_by("pk")[:BATCH])
            # Their words were counted when they were first listed.
            search_text.add_unseen_words(_words(_write(batch)))
        if not batch:
            return
        after = batch[-1].pk
        yield after


def _batched(jobs: Iterable[Job], size: int) -> Iterator[list[Job]]:
    """Cut an iterable into lists of at most this many."""
    iterator = iter(jobs)
    while batch := list(islice(iterator, size)):
        yield batch


def location_words(location: str) -> list[str]:
    """Return the words of a location, which find it where no place is understood."""
    words = places.normalise(location).split()
    return sorted({word[: search_text.MAX_WORD_LENGTH] for word in words})


def _belongs_in_search(job: Job) -> bool:
    return (
        job.status == JobStatus.PUBLISHED
        and job.moderation in PERMITTED_MODERATION
        and job.company.in_good_standing
    )


def _ancestors(jobs: list[Job]) -> dict[int, list[int]]:
    ids = {place_id for job in jobs for place_id in job.place_ids}
    return dict(Place.objects.filter(pk__in=ids).values_list("pk", "ancestor_ids"))


def _row(job: Job, skills: list[str], ancestors: dict[int, list[int]], document: str) -> dict[str, object]:
    """The listing of a job, by column."""
    places = {place_id for own in job.place_ids for place_id in (own, *ancestors.get(own, ()))}
    return {
        "job_id": job.pk,
        "company_id": job.company_id,
        "category_id": job.category_id,
        "type": job.type,
        "experience_level": job.experience_level,
        "remote": job.remote,
        "place_ids": sorted(places),
        "location_words": _location_vector(job.location),
        "skills": [skill.lower() for skill in skills],
        "document": document,
        "salary_min": job.salary_min,
        "salary_max": job.salary_max,
        "salary_currency": job.salary_currency,
        "posted_at": job.posted_at,
        "expires_at": job.expires_at,
    }


@lru_cache(1000)
def _location_vector(location: str) -> str:
    return " ".join(f"'{word}'" for word in location_words(location))


def _words(texts: Iterable[_Texts]) -> Counter[str]:
    """The words of jobs, and in how many of them each is."""
    return Counter(chain.from_iterable({*chain(*map(_split, each))} for each in texts))


def _split(text: str) -> list[str]:
    return search_text.normalise(text).split()
