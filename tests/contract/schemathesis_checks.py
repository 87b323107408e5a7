"""A check of our own for schemathesis, beside its: which rules may refuse data that the document allows.

A schema cannot say that a job is closed or a time in the past. Every other 400 to valid data is a fault
of the document, so `positive_data_acceptance` leaves 400 to this check.
"""

import itertools
import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import schemathesis
from schemathesis import Case, GenerationMode, HookContext, Response
from schemathesis.checks import CheckContext
from schemathesis.generation.meta import TestPhase

_number = itertools.count()

RULES = [
    (r"job_id", "job_closed"),
    (r"candidate_email", "duplicate_application"),
    (r"answers\..*", "unknown_parameter"),  # which questions there are depends on the job
    (r"answers\..*", "missing_parameter"),
    (r"resume", "invalid_resume"),  # the content of a file
    (r"stage", "invalid_transition"),
    (r"external_id", "duplicate_external_id"),
    (r"expires_at", "out_of_range"),  # in the past, or more than a year ahead
    (r"salary_range\.max", "out_of_range"),  # less than min
    (r"screening_questions", "invalid_parameter"),  # two of one id
    (r"currency", "missing_parameter"),  # with salary_min
    (r"Idempotency-Key", "idempotency_key_reused"),
    (None, "invalid_request"),  # an address or a header that is too long as a whole
]


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Keep valid data from being refused for what earlier calls did, for the time of day, or for an id."""
    if not _is_valid(case):
        return
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"key-{next(_number)}"
    if case.method in ("DELETE", "PATCH") and case.path_parameters == {"id": os.environ["JOB_ID"]}:
        case.path_parameters["id"] = os.environ["SPARE_JOB_ID"]  # the other stays open for applications
    body = case.body
    if not isinstance(body, dict):
        return
    if "expires_at" in body:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    if body.get("external_id") is not None:
        body["external_id"] = f"external-{next(_number)}"
    if case.meta and case.meta.phase.name == TestPhase.COVERAGE:  # the one phase that knows no dictionaries
        if "company_id" in body:
            body["company_id"] = os.environ["COMPANY_ID"]
        if "job_id" in body:
            body["job_id"] = os.environ["JOB_ID"]
            body["candidate_email"] = f"dev{next(_number)}@example.com"


@schemathesis.check
def only_a_rule_refuses_valid_data(ctx: CheckContext, response: Response, case: Case) -> None:
    """Every fault that valid data is refused for is one that no schema can tell."""
    if response.status_code != 400 or not _is_valid(case):
        return
    for fault in response.json()["error"]["details"]:
        assert any(_is(rule, fault["param"], fault["code"]) for rule in RULES), (
            f"valid data is refused: {fault['message']}"
        )


def _is_valid(case: Case) -> bool:
    return case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE


def _is(rule: tuple[str | None, str], param: str | None, code: str) -> bool:
    pattern, ruled = rule
    return code == ruled and (
        param is pattern is None or re.fullmatch(pattern or "", param or "") is not None
    )
