"""Moderation: a reader reports a job, staff decide with a reason, those concerned hear of it, it is gone."""

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests.accounts.browser import make_confirmed_user
from tests.browser.conftest import OpenPage, Site
from tests.fixtures.factories import make_account, make_company, make_job

READER, EMPLOYER = "rita.reader@example.com", "owner@orchard.example"


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_reported_job_is_suspended_with_a_reason_that_the_employer_is_told(
    site: Site, open_page: OpenPage, javascript: bool
) -> None:
    account = make_account(owner=make_confirmed_user(EMPLOYER))
    job = make_job(make_company(account, name="Orchard Robotics"), title="Apple Polisher")

    reader = open_page(java_script_enabled=javascript)
    reader.goto(f"/jobs/{job.public_id}")
    reader.get_by_role("link", name="Report this job").click()
    reader.get_by_label("It asks for money or bank details").check()
    reader.get_by_label("What should we look at?").fill("They want 50 EUR for the training.")
    reader.get_by_label("Your e-mail address").fill(READER)
    reader.get_by_role("button", name="Send report").click()
    expect(reader.get_by_role("heading", name="Thank you for telling us")).to_be_visible()

    staff = open_page(
        User.objects.create_superuser("sam@jobsphere.example", name="Sam Staff"),
        java_script_enabled=javascript,
    )
    staff.goto("/admin/")
    staff.get_by_role("link", name="Reports from readers").click()
    staff.get_by_role("link", name="Apple Polisher").click()
    expect(staff.get_by_text("They want 50 EUR for the training.")).to_be_visible()
    staff.get_by_role("button", name="Suspend …").click()
    staff.get_by_role("textbox").fill("Nobody may be asked for money to get a job.")
    staff.get_by_role("button", name="Suspend jobs").click()

    assert "Nobody may be asked for money" in site.mailbox.newest(EMPLOYER, "Suspended by JobSphere")
    assert job.public_id in site.mailbox.newest(READER, "Your report to JobSphere")
    answer = reader.goto(f"/jobs/{job.public_id}")
    assert answer
    assert answer.status == 404
    reader.goto("/jobs")
    expect(reader.get_by_role("link", name="Apple Polisher")).to_have_count(0)
