"""Looks for the proofs of a domain: a TXT record in its DNS, a file on its web site.

A company names the domain, so nothing here may reach what only this machine can reach:
every address is checked before it is connected to, and no redirect is followed.
The reasons are in docs/decisions/verification.md.
"""

import http.client
import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Sequence

import dns.exception
import dns.resolver
from dns.resolver import Resolver

TIMEOUT = 5.0
"""Seconds for a whole look-up, from the name to the last byte."""

MAX_BYTES = 64 * 1024
"""What is read of an answer, headers included."""

WELL_KNOWN_PATH = "/.well-known/jobsphere-verification.txt"

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address of any kind inside


class LookupFailed(Exception):
    """There was no answer to read. The message says why, to the person who asked."""


def txt_records(domain: str, *, resolver: Resolver | None = None) -> list[str]:
    """Return the TXT records of a domain; none if it has none.

    Raises:
        LookupFailed: its name servers did not answer in time.
    """
    try:
        answer = (resolver or Resolver()).resolve(f"{domain}.", "TXT", lifetime=TIMEOUT)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise LookupFailed(f"The name servers of {domain} did not answer.") from error
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def public_addresses(domain: str, *, resolver: Resolver | None = None) -> list[str]:
    """Return the addresses of a host on the internet.

    Raises:
        LookupFailed: it has none, or one that is private, loopback, link-local or reserved.
    """
    try:
        found = (resolver or Resolver()).resolve_name(f"{domain}.", lifetime=TIMEOUT)
        addresses = list(found.addresses())
    except dns.exception.DNSException as error:
        raise LookupFailed(f"No address was found for {domain}.") from error
    if not addresses or not all(is_public(address) for address in addresses):
        raise LookupFailed(f"{domain} has no address on the public internet.")
    return addresses


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the internet, whatever it is wrapped in."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            return False
    return ip.is_global and not ip.is_multicast


def well_known_file(
    domain: str,
    *,
    addresses_of: Callable[[str], Sequence[str]] = public_addresses,
    port: int = 443,
    tls: ssl.SSLContext | None = None,
) -> str:
    """Return the text at `https://<domain>/.well-known/jobsphere-verification.txt`.

    Args:
        addresses_of: resolves and checks; what it returns is what is connected to.
        tls: whom to trust, where it is not the system's authorities.

    Raises:
        LookupFailed: no answer in time, a certificate that is not the domain's, or not 200.
    """
    deadline = time.monotonic() + TIMEOUT
    addresses = addresses_of(domain)
    try:
        with _connect(addresses, port, deadline) as connection:
            connection.settimeout(_left(deadline))
            context = tls or ssl.create_default_context()
            with context.wrap_socket(connection, server_hostname=domain) as secure:
                raw = _exchange(secure, domain, deadline)
    except ssl.SSLCertVerificationError as error:
        raise LookupFailed(f"The certificate of https://{domain} is not valid for it.") from error
    except OSError as error:
        raise LookupFailed(f"https://{domain} did not answer in {TIMEOUT:.0f} seconds.") from error
    return _body_of(raw, domain)


def _connect(addresses: Sequence[str], port: int, deadline: float) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline))
        except OSError as error:
            failure = error
    raise failure


def _exchange(secure: ssl.SSLSocket, domain: str, deadline: float) -> bytes:
    request = (
        f"GET {WELL_KNOWN_PATH} HTTP/1.1\r\nHost: {domain}\r\nUser-Agent: JobSphere\r\n"
        "Accept: text/plain\r\nConnection: close\r\n\r\n"
    )
    secure.settimeout(_left(deadline))
    secure.sendall(request.encode())
    received = bytearray()
    while len(received) < MAX_BYTES:
        secure.settimeout(_left(deadline))
        chunk = secure.recv(MAX_BYTES - len(received))
        if not chunk:
            break
        received += chunk
    return bytes(received)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Received:
    """Bytes that are here already, in the one way that `HTTPResponse` reads a socket."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.raw)


def _body_of(raw: bytes, domain: str) -> str:
    response = http.client.HTTPResponse(_Received(raw), method="GET")  # type: ignore[arg-type]
    try:
        response.begin()
        if response.status != 200:
            raise LookupFailed(
                f"https://{domain}{WELL_KNOWN_PATH} answered {response.status}: "
                "the file has to be there itself, without a redirect."
            )
        return response.read().decode(errors="replace")
    except (http.client.HTTPException, ValueError) as error:
        raise LookupFailed(
            f"https://{domain} sent no proper answer of at most {MAX_BYTES // 1024} KB."
        ) from error
