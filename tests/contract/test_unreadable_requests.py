"""What is no HTTP request for the application is answered in the API's own words all the same."""

import json
import re
import socket
from urllib.parse import urlsplit

import pytest


def raw(served: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are; return the status, the headers in lower case and the body of the answer."""
    address = urlsplit(served)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return int(first.split()[1]), headers, body


@pytest.mark.parametrize(
    "request_line",
    [
        f"GET /v1/jobs?q={'x' * 9000} HTTP/1.1",
        "GET /v1/jobs HTTP/9",
        "nonsense",
        "G(T /v1/jobs HTTP/1.1",
        f"GET /v1/jobs HTTP/1.1\r\nX-Long: {'x' * 9000}",
        "GET /v1/jobs HTTP/1.1\r\nX Bad: x",
        "GET /v1/jobs HTTP/1.1\r\n" + "\r\n".join(f"X-{number}: x" for number in range(100)),
        "POST /v1/jobs HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        "POST /v1/jobs HTTP/1.1\r\nContent-Length: many",
        "GET /v1/jobs HTTP/1.1\r\nX-Null: a\0b",
        "GET /v1/\xff HTTP/1.1",
    ],
)
def test_it_is_a_400_of_the_one_shape(served: str, request_line: str) -> None:
    request = f"{request_line}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1")
    status, headers, body = raw(served, request)
    assert (status, headers["content-type"]) == (400, "application/json")
    error = json.loads(body)["error"]
    assert error["code"] == "invalid_request"
    assert set(error) == {"code", "message", "param", "details", "request_id", "docs_url"}
    assert headers["x-request-id"] == error["request_id"]
    assert re.fullmatch(r"req_[0-9a-z]{16}", error["request_id"])


@pytest.mark.parametrize(
    "path",
    ["/v1/jobs/%ff", "/v1/%00", "/v1/jobs?q=%ff", "/v1/jobs?q=%", "//v1//jobs", "/v1/../v1/jobs"],
)
def test_odd_paths_are_answered_by_the_api(served: str, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1")
    status, headers, body = raw(served, request)
    assert (status, headers["content-type"]) == (401, "application/json")
    assert headers["x-request-id"] == json.loads(body)["error"]["request_id"]
