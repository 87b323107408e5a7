"""How gunicorn serves JobSphere. Command line options and GUNICORN_CMD_ARGS override this file."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gunicorn import glogging, util
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

MEMORY = Path("/dev/shm")  # noqa: S108


class Logger(glogging.Logger):
    """Writes paths percent-encoded, so that none can end its line and forge another."""

    def atoms(self, *args: Any) -> dict[str, Any]:
        """The values of `access_log_format`."""
        atoms: dict[str, Any] = super().atoms(*args)
        return atoms | {"U": quote(atoms["U"])}


class Worker(ThreadWorker):
    """Answers what is no HTTP, or too long for it, with the API's own error body: no view ever sees it."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that failed outside of the application."""
        from jobsphere.api.errors import unreadable_request

        if isinstance(exc, ParseException):
            self.log.warning("Unreadable request: %s", type(exc).__name__)
        else:
            self.log.exception("A request failed outside of the application")
        util.write_nonblock(client, unreadable_request(is_theirs=isinstance(exc, ParseException)))


wsgi_app = "jobsphere.wsgi:application"
bind = f"127.0.0.1:{os.environ.get('PORT') or '8000'}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = Worker
threads = 4
worker_tmp_dir = str(MEMORY) if MEMORY.is_dir() else None  # a heartbeat must not wait for a disk
control_socket_disable = True

timeout = 30
graceful_timeout = 10
max_requests = 1_000_000  # a new worker first reads all listings
max_requests_jitter = 100_000

limit_request_line = 4_094
limit_request_fields = 60
limit_request_field_size = 8_190

# jobsphere.middleware.TrustedProxyMiddleware alone decides whom to trust.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""

# No query string, referrer, address or user agent: they can hold secrets and say who someone is.
logger_class = Logger
accesslog = "-"
access_log_format = (
    '{"event": "request", "method": "%(m)s", "path": "%(U)s", "status": %(s)s, "milliseconds": %(M)s, '
    '"request_id": "%({x-request-id}o)s"}'
)


def post_worker_init(worker: Any) -> None:
    """Have each worker read the listings, so that it searches in its own memory."""
    from jobs import index

    index.start()
