"""How gunicorn serves JobSphere. Command line options and GUNICORN_CMD_ARGS override this file."""

import gc
import os
import time
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
    """Leaves new connections to the worker with the least to do, and answers what is no HTTP in our words.

    As it is, gunicorn has each worker take what comes, though its calls may wait for each other while another
    worker has nothing to do; clients that keep their connections stay there (docs/decisions/serving.md).
    """

    HESITATES = 0.005
    """Seconds for each call that would wait here, before a connection is taken that no other worker took."""

    MOST_WAITING = 4
    """Calls that are counted in this: nobody waits longer than for so many."""

    hesitates_until: float | None = None

    def accept(self, listener: Any) -> None:
        """Take a connection at once if a thread is free for it, else a little later if it is still there."""
        in_hand = self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns)
        would_wait = min(in_hand - self.cfg.threads + 1, self.MOST_WAITING)
        if would_wait <= 0:
            super().accept(listener)
        else:
            self.hesitates_until = time.monotonic() + would_wait * self.HESITATES
            self.set_accept_enabled(False)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Listen for connections or not: the main loop asks for it again and again."""
        if self.hesitates_until is None or not enabled:
            super().set_accept_enabled(enabled)
        elif self.hesitates_until <= time.monotonic():
            self.hesitates_until = None
            super().set_accept_enabled(True)
            for listener in self.sockets:
                for _ in range(self.cfg.threads):
                    super().accept(listener)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes, but no longer than this worker hesitates before it takes a connection."""
        takes_more = self.alive and self.nr_conns < self.worker_connections
        if takes_more and self.hesitates_until is not None:
            timeout = max(0.0, min(timeout, self.hesitates_until - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what never came to a view, with the API's own error body."""
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
    """Load what serves, and have each worker read the listings, so that it searches in its own memory."""
    from django.urls import get_resolver

    from jobs import index

    get_resolver().url_patterns  # noqa: B018  (imports all views, before the first call)
    gc.freeze()  # all of this stays: to look through it, time and again, stops all calls of a worker
    index.start()
