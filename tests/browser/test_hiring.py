"""The main journey: an employer comes, is verified, posts, hires; with JavaScript and without."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.accounts.browser import PASSWORD
from tests.browser.conftest import OpenPage, Site
from tests.browser.mailbox import Mailbox
from tests.browser.pdf import PDF

EMPLOYER, CANDIDATE = "hanna@orchard.example", "kim@example.com"
STATUS_LINK = re.compile(r"https?://\S+/applications/open\?token=\S+")

Move = Callable[[Page, str, str], None]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_employer_signs_up_is_verified_posts_a_job_and_hires(
    site: Site, open_page: OpenPage, javascript: bool
) -> None:
    employer = open_page(java_script_enabled=javascript)
    sign_up(employer, site.mailbox)
    add_company(employer)
    verify_company(employer, site.mailbox)
    post_job(employer, javascript)

    candidate = open_page(java_script_enabled=javascript)
    apply(candidate)
    status_link = urlsplit(STATUS_LINK.findall(site.mailbox.newest(CANDIDATE, "Your application"))[0])
    candidate.goto(f"{status_link.path}?{status_link.query}")
    expect(candidate.get_by_role("heading", name="Where it stands: Received")).to_be_visible()

    read_resume(employer)
    open_board(employer)
    ways: list[Move] = [by_mouse, by_keyboard] if javascript else [by_form, by_form]
    for way, stage in zip(ways * 2, ("Reviewing", "Interview", "Offer", "Hired"), strict=True):
        way(employer, "Kim Candidate", stage)
        expect(employer.get_by_text(f"Kim Candidate moved to {stage}.")).to_be_visible()
        in_column = employer.get_by_role("region", name=stage).get_by_role("link", name="Kim Candidate")
        expect(in_column).to_be_visible()

    candidate.reload()
    expect(candidate.get_by_role("heading", name="Where it stands: Hired")).to_be_visible()


def sign_up(page: Page, mailbox: Mailbox) -> None:
    page.goto("/")
    page.get_by_role("link", name="For employers").click()
    page.get_by_label("Company or team").fill("Orchard Robotics")
    page.get_by_label("Your name").fill("Hanna Hiring")
    page.get_by_label("E-mail address").fill(EMPLOYER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Code").fill(mailbox.code_for(EMPLOYER))
    page.get_by_role("button", name="Go on").click()
    page.goto("/dashboard")
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def take_next_step(page: Page) -> None:
    page.goto("/dashboard")
    page.locator("[aria-current=step]").get_by_role("link").click()


def add_company(page: Page) -> None:
    take_next_step(page)
    page.get_by_label("Name").fill("Orchard Robotics")
    page.get_by_label("Domain").fill("orchard.example")
    page.get_by_role("button", name="Add and go on").click()


def verify_company(page: Page, mailbox: Mailbox) -> None:
    take_next_step(page)
    page.get_by_label("Your address at the company").fill("jobs@orchard.example")
    page.get_by_role("button", name="Send the code").click()
    page.get_by_label("The code from the e-mail").fill(mailbox.code_for("jobs@orchard.example"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Orchard Robotics is verified")).to_be_visible()


def post_job(page: Page, javascript: bool) -> None:
    take_next_step(page)
    page.get_by_label("Title").fill("Gripper Engineer")
    page.get_by_label("Location").fill("Remote")
    page.get_by_label("Description").fill("Make grippers **gentle**.")
    if not javascript:
        page.get_by_role("button", name="Show the preview").click()
    expect(page.locator("#preview strong")).to_have_text("gentle")
    page.get_by_role("button", name="Add a question").click()
    page.get_by_label("Question 1").fill("Which fruit first?")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("It is on the board.")).to_be_visible()


def apply(page: Page) -> None:
    page.goto("/")
    page.get_by_label("What").fill("gripper")
    page.get_by_role("button", name="Search jobs").click()
    page.get_by_role("link", name="Gripper Engineer").click()
    page.get_by_role("link", name="Apply now").click()
    page.get_by_label("Your name").fill("Kim Candidate")
    page.get_by_label("E-mail address").fill(CANDIDATE)
    page.get_by_label("File").set_input_files(
        {"name": "kim.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_label("Which fruit first?").fill("Peaches.")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Send application").click()
    expect(page.get_by_role("heading", name="What happens next")).to_be_visible()


def open_board(page: Page) -> None:
    page.goto("/dashboard/applicants")
    page.get_by_role("link", name="Kim Candidate").click()
    page.get_by_role("link", name="Gripper Engineer").click()
    expect(page.get_by_role("heading", name="Applicants for Gripper Engineer")).to_be_visible()


def read_resume(page: Page) -> None:
    page.goto("/dashboard/applicants")
    page.get_by_role("link", name="Kim Candidate").click()
    expect(page.get_by_text("Peaches.")).to_be_visible()
    path = page.get_by_role("link", name="Download").get_attribute("href")
    assert path
    assert page.context.request.get(path).body() == PDF


def by_mouse(page: Page, name: str, stage: str) -> None:
    """Drag the card into the column."""
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator(".applicant-card", has_text=name).drag_to(page.get_by_role("region", name=stage))


def by_keyboard(page: Page, name: str, stage: str) -> None:
    """Open the card's menu and press one of its buttons, with nothing but keys."""
    page.once("dialog", lambda dialog: dialog.accept())
    card = page.locator(".applicant-card", has_text=name)
    card.get_by_role("link", name=name).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").endswith(f"to {stage}"):
            break
    page.keyboard.press("Enter")


def by_form(page: Page, name: str, stage: str) -> None:
    """Press a button of the card's menu; a stage without return asks first."""
    card = page.locator(".applicant-card", has_text=name)
    card.get_by_text("Move").first.click()
    card.get_by_role("button", name=stage).click()
    if page.get_by_role("heading", name=f"to {stage}?").is_visible():
        page.get_by_role("button", name=f"Move to {stage}").click()
