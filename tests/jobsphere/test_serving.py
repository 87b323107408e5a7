"""How gunicorn's workers share what comes."""

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

from accounts.models import Plan
from tests.fixtures.factories import make_account, make_key

THREADS = 3 * 4
"""Of the workers that serve the tests."""

ROUNDS = 20
"""By chance alone calls may be spread well once. A worker that is kept from running may come too late, at
times: on a busy machine some of these calls wait, without care for the other workers two in each round."""

BEGUN = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What a thread answers that begins to read a call: it then waits for the body."""


def test_calls_find_the_free_threads_of_all_workers(served: str) -> None:
    _, secret = make_key(make_account(plan=Plan.PRO))
    assert sum(calls_that_wait(served, secret) for _ in range(ROUNDS)) < ROUNDS


def calls_that_wait(served: str, secret: str) -> int:
    """Make as many calls at once as there are threads, and count those that no thread begins to read."""
    address = urlsplit(served)
    assert address.hostname is not None
    assert address.port is not None
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-API-Key: {secret}\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    )
    waiting = 0
    with ExitStack() as until_answered:
        calls = []
        for _ in range(THREADS):
            call = socket.create_connection((address.hostname, address.port), timeout=0.5)
            calls.append(until_answered.enter_context(call))
            call.sendall(head.encode())
            try:
                assert call.recv(100) == BEGUN
            except TimeoutError:
                waiting += 1
        for call in calls:
            call.sendall(b"{}")
        for call in calls:
            call.settimeout(30)
            assert any(line.startswith(b"HTTP/1.1 400") for line in call.makefile("rb"))
    return waiting
