"""Which openings of a job's page count as views: a person's who reads it in a browser, and not its own."""

import re

from django.http import HttpRequest

_ROBOT = re.compile(r"bot|crawl|spider|slurp|preview|monitor|headless|curl|wget|python|http", re.IGNORECASE)
"""What programs put into their user agents; browsers do not."""


def is_visit(request: HttpRequest) -> bool:
    """Tell whether somebody opens this page to read it: no robot, and nothing loaded beforehand."""
    headers = request.headers
    purpose = headers.get("Sec-Purpose", "") + headers.get("Purpose", "") + headers.get("X-Moz", "")
    return (
        request.method == "GET"
        and "text/html" in headers.get("Accept", "")
        and "prefetch" not in purpose.lower()
        and not _ROBOT.search(headers.get("User-Agent", ""))
    )
