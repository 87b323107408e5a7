"""E-mails of the served JobSphere, which writes them into files."""

import re
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

LINE_BETWEEN = re.compile(rb"^-{79}\n", re.MULTILINE)
LONGEST_WAIT = 20.0
CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")


class Mailbox:
    """Everybody's e-mails.

    Args:
        folder: where Django's file-based backend writes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def empty(self) -> None:
        for file in self.folder.glob("*.log"):
            file.unlink()

    def to(self, address: str) -> list[EmailMessage]:
        """Return the e-mails to this address, the oldest first."""
        files = sorted(self.folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns)
        parts = [part for file in files for part in LINE_BETWEEN.split(file.read_bytes()) if part.strip()]
        mails = [cast(EmailMessage, message_from_bytes(part, policy=default)) for part in parts]
        return [mail for mail in mails if address in str(mail["To"])]

    def newest(self, address: str, subject: str) -> str:
        """Return the text of the newest e-mail to this address whose subject has these words in it."""
        deadline = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < deadline:
            found = [
                mail for mail in self.to(address) if subject.casefold() in str(mail["Subject"]).casefold()
            ]
            if found:
                return str(found[-1].get_content())
            time.sleep(0.05)
        subjects = [str(mail["Subject"]) for mail in self.to(address)]
        raise AssertionError(f"no e-mail to {address} about {subject!r}, only {subjects}")

    def code_for(self, address: str) -> str:
        """Return the code in the newest e-mail that brings this address one."""
        found = CODE.search(self.newest(address, "Your JobSphere code"))
        assert found
        return found[0]
