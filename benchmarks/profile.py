"""What real postings are like, as counts: made once from real data, kept beside this file.

    python -m benchmarks.profile FILE.jsonl.gz ...

writes `profile.json.gz`: each title with its field of work, its tags and how often it occurs, and
each employer with how often it posts. The generator draws from it.
"""

import gzip
import json
import os
import sys
from collections import Counter
from pathlib import Path

FILE = Path(__file__).with_name("profile.json.gz")


def main(names: list[str]) -> None:
    """Read postings of USAJOBS and write the profile."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsphere.settings")
    import django

    django.setup()
    from jobs.usajobs import UnreadableRow, read_row

    titles: Counter[tuple[str, str | None, tuple[str, ...]]] = Counter()
    companies: Counter[str] = Counter()
    for name in names:
        with gzip.open(name, "rt", encoding="utf-8") as lines:
            for line in lines:
                try:
                    posting = read_row(json.loads(line))
                except UnreadableRow:
                    continue
                titles[posting.title, posting.category, tuple(posting.tags)] += 1
                companies[posting.company] += 1
    profile = {
        "titles": [
            [title, category, list(tags), count] for (title, category, tags), count in titles.most_common()
        ],
        "companies": companies.most_common(),
    }
    FILE.write_bytes(gzip.compress(json.dumps(profile, ensure_ascii=False).encode(), 9, mtime=0))
    print(f"{len(titles):,} titles, {len(companies):,} employers, {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
