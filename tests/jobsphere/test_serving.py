"""How gunicorn's workers share what comes."""

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import requests

THREADS = 3 * 4
"""Of the workers that serve the tests."""

ROUNDS = 5
"""By chance alone connections may be spread well once."""


def test_a_call_is_answered_as_long_as_one_thread_of_one_worker_is_free(served: str) -> None:
    address = urlsplit(served)
    assert address.hostname is not None
    assert address.port is not None
    for _ in range(ROUNDS):
        with ExitStack() as until_answered:
            slow = []
            for _ in range(THREADS - 1):
                client = socket.create_connection((address.hostname, address.port), timeout=30)
                slow.append(until_answered.enter_context(client))
                client.sendall(b"GET /v1/health HTTP/1.1\r\n")
            assert requests.get(f"{served}/v1/health", timeout=4).ok
            for client in slow:
                client.sendall(b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 200")
