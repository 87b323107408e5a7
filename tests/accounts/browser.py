"""A person at a browser, for tests of pages."""

import re
from typing import Any

from django.core import mail
from django.test import Client, TestCase

from accounts.models import Account, Membership, User
from tests.fixtures.factories import make_user

PASSWORD = "correct horse battery staple"


class Browser(Client):
    """Django's client, in whose requests transactions are committed, so that e-mails are sent."""

    def request(self, **kwargs: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**kwargs)


def make_member(account: Account, role: str, **fields: Any) -> User:
    """Return a new person with this role in the account."""
    user = make_user(**fields)
    Membership.objects.create(account=account, user=user, role=role)
    return user


def make_confirmed_user(email: str, **fields: Any) -> User:
    """Return a person who has a password and has confirmed their address."""
    user = make_user(email=email, password=PASSWORD, **fields)
    user.emailaddress_set.create(email=email, verified=True, primary=True)
    return user


def browser_of(user: User) -> Browser:
    """Return a browser in which this person is signed in."""
    browser = Browser()
    browser.force_login(user)
    return browser


def confirm_identity(browser: Browser, password: str = PASSWORD) -> None:
    """Prove once more who one is, as sensitive pages ask."""
    answer = browser.post("/account/confirm", {"password": password, "next": "/account"})
    assert answer.status_code == 302


def last_code() -> str:
    """Return the code in the e-mail that was sent last."""
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[0]


def text_of(answer: Any) -> str:
    return str(answer.content.decode())
