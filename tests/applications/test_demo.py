"""The demonstration: made once, and every call it prints works as printed."""

import re
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account, ApiKey, User
from applications.models import Application, Stage
from jobs.models import Job
from tests.fixtures.factories import ApiClient

pytestmark = pytest.mark.django_db


def call_as_printed(command: str) -> Any:
    """Make the call of a `curl` command."""
    program, *words = shlex.split(command)
    assert program == "curl"
    method, url, body = "GET", "", None
    headers: dict[str, str] = {}
    while words:
        match words.pop(0):
            case "-sS":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                method, body = "POST" if method == "GET" else method, words.pop(0)
            case word:
                assert not url
                url = word
    parts = urlsplit(url)
    assert parts.netloc == "127.0.0.1:4321"
    content_type = headers.pop("Content-Type", "application/octet-stream")
    return ApiClient().generic(
        method, f"{parts.path}?{parts.query}", body or "", content_type=content_type, headers=headers
    )


@pytest.fixture(autouse=True)
def _base_url(settings: LazySettings) -> None:
    settings.BASE_URL = "http://127.0.0.1:4321"


def test_every_call_works_as_printed(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_demo")
    commands = re.findall(r"^curl .*$", capsys.readouterr().out, re.MULTILINE)
    called = {
        (command.split("/v1/")[1].split("/")[0], call_as_printed(command).status_code) for command in commands
    }
    assert {status for _, status in called} == {200, 201, 204}
    assert len(commands) >= 15
    assert all(call_as_printed(command).status_code < 300 for command in commands), "and once more"


def test_the_search_it_prints_finds_something(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_demo")
    command = next(line for line in capsys.readouterr().out.splitlines() if "q=robotics" in line)
    found = call_as_printed(command).json()["data"]
    assert [job["title"] for job in found] == ["Senior Robotics Engineer"]


def test_it_is_made_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_demo")
    first = capsys.readouterr().out
    made = [model.objects.count() for model in (User, Account, ApiKey, Job, Application)]
    call_command("load_demo")
    second = capsys.readouterr().out
    assert [model.objects.count() for model in (User, Account, ApiKey, Job, Application)] == made
    assert "js_test_" in first
    assert "js_test_" not in second
    assert Account.objects.get().public_id in second
    assert not mail.outbox


def test_it_has_applications_in_several_stages_and_a_draft() -> None:
    call_command("load_demo")
    stages = set(Application.objects.values_list("stage", flat=True))
    assert stages == {Stage.NEW, Stage.REVIEWING, Stage.INTERVIEW, Stage.OFFER, Stage.REJECTED}
    assert Job.objects.filter(status="draft").count() == 1
    assert Job.objects.listed().count() == 3


def test_passwords_are_shown_once_unless_given(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMO_PASSWORD", "plum orchard ladder")
    call_command("load_demo")
    assert "plum orchard ladder" not in capsys.readouterr().out
    for email in ("employer@example.com", "staff@example.com"):
        assert User.objects.get(email=email).check_password("plum orchard ladder")


def test_one_can_sign_in_with_what_is_shown(capsys: pytest.CaptureFixture[str], client: Client) -> None:
    call_command("load_demo")
    shown = re.findall(r"(\S+@example\.com)  (\S+)$", capsys.readouterr().out, re.MULTILINE)
    assert len(shown) == 2
    for email, password in shown:
        client.post(reverse("account_login"), {"login": email, "password": password}, secure=True)
        assert client.session["_auth_user_id"] == str(User.objects.get(email=email).pk)
        client.logout()


def test_it_refuses_to_run_in_production(settings: LazySettings) -> None:
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError, match="for development"):
        call_command("load_demo")
    assert not User.objects.exists()
