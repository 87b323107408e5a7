"""A load generator that costs little: plain sockets, answers are read and not parsed."""

import selectors
import socket
import time
from collections.abc import Iterator

CALLS_A_CONNECTION = 25
"""A worker keeps the connections that it accepted: were they kept for good, one could have all of them."""


class _Client:
    def __init__(self, port: int, requests: Iterator[bytes]) -> None:
        self.port, self.requests = port, requests
        self.connect()

    def connect(self) -> None:
        self.calls_left = CALLS_A_CONNECTION
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self) -> None:
        self.started = time.perf_counter()
        self.received, self.wanted = b"", -1
        self.socket.sendall(next(self.requests))

    def receive(self) -> bool:
        """Read what has come, and tell whether the answer is whole."""
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError
        self.received += data
        if self.wanted < 0 and (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = self.received[:end].lower()
            if not head.startswith(b"http/1.1 200"):
                raise SystemExit(f"Answered: {self.received[:400]!r}")
            length = head.index(b"content-length:") + 15
            self.wanted = (
                end + 4 + int(head[length : head.find(b"\r", length) if b"\r" in head[length:] else None])
            )
            self.closes = b"connection: close" in head
        return 0 <= self.wanted <= len(self.received)


def run(port: int, requests: Iterator[bytes], clients: int, seconds: float) -> list[float]:
    """Call as fast as so many clients can, each waiting for its answer, and return milliseconds by call."""
    first = _Client(port, requests)  # a worker that has just begun is waited for
    first.send()
    while not first.receive():
        pass
    first.socket.close()
    selector = selectors.DefaultSelector()
    took: list[float] = []
    everyone = [_Client(port, requests) for _ in range(clients)]
    for client in everyone:
        selector.register(client.socket, selectors.EVENT_READ, client)
        client.send()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _ in selector.select(timeout=1):
            client = key.data
            if client.receive():
                took.append((time.perf_counter() - client.started) * 1000)
                client.calls_left -= 1
                if client.closes or not client.calls_left:
                    selector.unregister(client.socket)
                    client.socket.close()
                    client.connect()
                    selector.register(client.socket, selectors.EVENT_READ, client)
                client.send()
    for client in everyone:  # or whoever is measured next would wait for these answers
        while not client.receive():
            pass
        client.socket.close()
    return took
