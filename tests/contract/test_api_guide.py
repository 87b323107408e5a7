"""What docs/api-guide.md says works as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.models import Job
from tests.contract.conftest import PDF, Employer
from tests.fixtures.served import PROJECT

GUIDE = (PROJECT / "docs" / "api-guide.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def variables(served: str, employer: Employer, tmp_path: Path) -> dict[str, str]:
    """The environment of the guide's reader, whose curl fails where the API refuses."""
    resume = tmp_path / "resume.pdf"
    resume.write_bytes(PDF)
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    return {
        **os.environ,
        "CURL_HOME": str(tmp_path),
        "JOBSPHERE_URL": served,
        "JOBSPHERE_API_KEY": employer.secret,
        "COMPANY": employer.company,
        "JOB": employer.job,
        "APPLICATION": employer.application,
        "RESUME": str(resume),
    }


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_every_command_works(variables: dict[str, str]) -> None:
    commands = [block for block in blocks("sh") if "export " not in block]
    assert len(commands) >= 7
    for command in commands:
        run = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], env=variables, capture_output=True, text=True
        )
        assert run.returncode == 0, command + run.stdout + run.stderr
    assert run.stdout == "304\n"
    assert Job.objects.filter(external_id="FE-7").count() == 1


def test_the_code_works(variables: dict[str, str]) -> None:
    reading, retrying = blocks("python")
    count = f"{reading}\nassert len(jobs) == 6, jobs"
    for code in (count, retrying):
        run = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
    assert Job.objects.filter(title="Night Baker").count() == 1
