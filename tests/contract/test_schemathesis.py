"""Thousands of generated calls, valid and not: the served API does what its OpenAPI document says.

No operation is left out; `schemathesis.toml` says how it calls and what is checked.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.contract.conftest import Employer, Operation
from tests.fixtures.served import PROJECT

HERE = Path(__file__).parent
ENOUGH = 5
"""Successes of an operation without which its rules were never reached."""


def test_every_operation_does_what_the_document_says(
    served: str, operations: list[Operation], employer: Employer, tmp_path: Path
) -> None:
    config, report = tmp_path / "schemathesis.toml", tmp_path / "calls.ndjson"
    config.write_text(with_real_ids((HERE / "schemathesis.toml").read_text(), employer))
    variables = {
        "JOBSPHERE_KEY": employer.secret,
        "COMPANY_ID": employer.company,
        "JOB_ID": employer.job,
        "SPARE_JOB_ID": employer.other_jobs[0],
        "SCHEMATHESIS_HOOKS": "tests.contract.schemathesis_checks",
        "PYTHONPATH": str(PROJECT),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    command += [f"{served}/v1/openapi.json", "--report", "ndjson", "--report-ndjson-path", str(report)]
    run = subprocess.run(
        command, env={**os.environ, **variables}, cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    answered = Counter(answers(report))
    for operation in operations:
        succeeded = sum(answered[str(operation), status] for status in (200, 201, 204))
        assert succeeded >= ENOUGH, f"{operation} succeeded {succeeded} times"
    assert max(status for _, status in answered) < 500


def with_real_ids(config: str, employer: Employer) -> str:
    """Return the configuration with the ids of an employer's things in its dictionaries."""
    ids = {
        "JOBS": list(employer.other_jobs[:3]),
        "JOBS TO APPLY FOR": [employer.job, *employer.other_jobs[3:]],
        "COMPANIES": [employer.company],
        "APPLICATIONS": [employer.application],
        "CANDIDATES": [employer.candidate],
    }
    for name, values in ids.items():
        config = config.replace(json.dumps([name]), json.dumps(values))
    return config


def answers(report: Path) -> Iterator[tuple[str, int]]:
    """Yield the operation and the status of each call that a report names."""
    with report.open() as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for number, case in recorder.get("cases", {}).items():
                answer = recorder["interactions"].get(number, {}).get("response")
                if answer:
                    yield f"{case['value']['method']} {case['value']['path']}", answer["status_code"]
