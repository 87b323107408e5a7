"""What search reads, kept in step with the jobs in the transaction of each change."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple

from django.db import transaction

from jobs import listing_batches, places, search_text
from jobs.models import PERMITTED_MODERATION, Category, Company, Job, JobStatus, Listing, Place, skills_of
from jobsphere import bulk
from jobsphere.database import execute_apart

BATCH = 1000


class Posting(NamedTuple):
    """A job as listings are made of it.

    Args:
        job: its columns; those that no listing is made of may be left out.
    """

    job: Mapping[str, Any]
    company: Company
    category: Category | None

    @property
    def skills(self) -> list[str]:
        return skills_of(self.job["tags"], self.category)


_Texts = tuple[str, str, str]
"""What a posting is found by: its title, its skills and its company."""


@transaction.atomic
def insert(new: Iterable[Posting], changed: Iterable[Posting] = ()) -> Counter[str]:
    """List postings that were just made, and those that changed anew, many at once.

    Args:
        new: without listings.
        changed: others, with listings or without.

    Returns:
        The words of new ones that are listed which other postings had before, for `search_text.add_words`:
        once for many calls, as two transactions that add the same words wait for each other.
    """
    listed, anew = list(filter(_belongs_in_search, new)), list(changed)
    _take_out(anew)
    texts = _insert([*listed, *filter(_belongs_in_search, anew)])
    words = _words(texts[: len(listed)])
    for word in search_text.add_unseen_words(words + _words(texts[len(listed) :])):
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
    listed = _write(jobs)
    search_text.add_unseen_words(_words(listed))
    return len(listed)


def _write(jobs: Iterable[Job]) -> list[_Texts]:
    """Write the listings of these jobs anew, and return what those are found by that are listed."""
    postings = [Posting(vars(job), job.company, job.category) for job in jobs]
    _take_out(postings)
    return _insert(list(filter(_belongs_in_search, postings)))


def _take_out(postings: Sequence[Posting]) -> None:
    if postings:
        keys = bulk.array([posting.job["id"] for posting in postings])
        execute_apart("DELETE FROM jobs_listing WHERE job_id = ANY(%s::bigint[])", [keys])


def _insert(postings: Sequence[Posting]) -> list[_Texts]:
    """Write the listings of postings that have none, and return what those are found by."""
    if not postings:
        return []
    ancestors = _ancestors(postings)
    skills = [posting.skills for posting in postings]
    texts = [
        (posting.job["title"], " ".join(own), posting.company.name)
        for posting, own in zip(postings, skills, strict=True)
    ]
    documents = search_text.documents(texts)
    companies = [posting.job["company_id"] for posting in postings]
    search_text.write_companies(
        {key: company for key, (*_, company) in zip(companies, documents, strict=True)}
    )
    rows = [
        _row(posting.job, own, ancestors, search_text.listing_document(document, key))
        for posting, own, document, key in zip(postings, skills, documents, companies, strict=True)
    ]
    bulk.insert(Listing, rows)
    employers = map(search_text.employer, companies)
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


def _belongs_in_search(posting: Posting) -> bool:
    return (
        posting.job["status"] == JobStatus.PUBLISHED
        and posting.job["moderation"] in PERMITTED_MODERATION
        and posting.company.in_good_standing
    )


def _ancestors(postings: Sequence[Posting]) -> dict[int, list[int]]:
    ids = {place_id for posting in postings for place_id in posting.job["place_ids"]}
    return dict(Place.objects.filter(pk__in=ids).values_list("pk", "ancestor_ids"))


def _row(
    job: Mapping[str, Any], skills: list[str], ancestors: dict[int, list[int]], document: str
) -> dict[str, object]:
    """The listing of a job, by column."""
    places = {place_id for own in job["place_ids"] for place_id in (own, *ancestors.get(own, ()))}
    return {
        "job_id": job["id"],
        "company_id": job["company_id"],
        "category_id": job["category_id"],
        "type": job["type"],
        "experience_level": job["experience_level"],
        "remote": job["remote"],
        "place_ids": sorted(places),
        "location_words": _location_vector(job["location"]),
        "skills": [skill.lower() for skill in skills],
        "document": document,
        "salary_min": job["salary_min"],
        "salary_max": job["salary_max"],
        "salary_currency": job["salary_currency"],
        "posted_at": job["posted_at"],
        "expires_at": job["expires_at"],
    }


@lru_cache(1000)
def _location_vector(location: str) -> str:
    return " ".join(f"'{word}'" for word in location_words(location))


def _words(texts: Iterable[_Texts]) -> Counter[str]:
    """The words of jobs, and in how many of them each is."""
    return Counter(chain.from_iterable({*chain(*map(_split, each))} for each in texts))


def _split(text: str) -> list[str]:
    return search_text.normalise(text).split()
