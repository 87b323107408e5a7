"""E-mails to candidates: templates, previews, sending, and what becomes of it."""

import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from applications import messages, queries
from applications.models import Application, Message, MessageTemplate
from applications.services import Actor, erase_candidate
from jobs.models import Job
from tests.accounts.browser import Browser, text_of
from tests.applications.dashboard import TABLE, apply, browser_as, member, path
from tests.fixtures.factories import make_account

TEMPLATES = f"{TABLE}/templates"


@pytest.fixture
def browser(account: Account) -> Browser:
    return browser_as(account)


@pytest.fixture
def by(account: Account) -> Actor:
    return Actor(account=account, user=member(account))


def written(**fields: str) -> dict[str, str]:
    return {"subject": "About {{job_title}}", "body": "Dear {{ candidate_name }},\n\nhello.", **fields}


class FailingBackend(EmailBackend):
    """A mail server that is down, and counts how often it was asked."""

    asked = 0

    def open(self) -> bool:
        type(self).asked += 1
        raise smtplib.SMTPConnectError(421, "not now")


class PickyBackend(EmailBackend):
    """A mail server that refuses one address."""

    def send_messages(self, sent: Any) -> int:
        if sent[0].to == ["ada@example.com"]:
            raise smtplib.SMTPRecipientsRefused({"ada@example.com": (550, b"no such mailbox")})
        return super().send_messages(sent)


FAILING, PICKY = f"{__name__}.FailingBackend", f"{__name__}.PickyBackend"


@pytest.mark.django_db
class TestTemplates:
    def test_they_are_made_changed_and_deleted(self, browser: Browser, account: Account) -> None:
        assert "No template yet" in text_of(browser.get(TEMPLATES))
        form = written(name="Invitation")
        assert browser.post(f"{TEMPLATES}/new", form).url == TEMPLATES
        template = account.message_templates.get()
        url = f"{TEMPLATES}/{template.public_id}"
        assert "Dear {{ candidate_name }}," in text_of(browser.get(url))
        browser.post(url, form | {"name": "Kind invitation"})
        assert "Kind invitation" in text_of(browser.get(TEMPLATES))
        assert "Delete Kind invitation?" in text_of(browser.get(f"{url}/delete"))
        assert account.message_templates.exists()
        browser.post(f"{url}/delete")
        assert not account.message_templates.exists()

    @pytest.mark.parametrize(
        ("field", "text", "said"),
        [
            ("body", "Dear {{name}}", "There is no placeholder {{name}}."),
            ("body", "{{ candidate_name.email }}", "There is no placeholder"),
            ("body", "{{candidate_name|safe}}", "There is no placeholder"),
            ("subject", "{{", "not complete"),
            ("subject", "{{job_title}", "not complete"),
            ("body", "", "required"),
            ("name", "", "required"),
            ("subject", "x" * 201, "at most 200"),
            ("body", "x" * 10_001, "10,000"),
        ],
    )
    def test_what_cannot_be_sent_is_refused_and_kept_to_be_mended(
        self, browser: Browser, field: str, text: str, said: str
    ) -> None:
        answer = browser.post(f"{TEMPLATES}/new", {**written(name="A"), field: text})
        assert answer.status_code == 400
        assert said in text_of(answer)
        assert text in text_of(answer)
        assert not MessageTemplate.objects.exists()

    def test_a_template_is_no_template_of_the_site(self, browser: Browser) -> None:
        body = "{% load static %}{% include 'x' %}{# c #} {{candidate_name}}"
        page = text_of(browser.post(f"{TEMPLATES}/new", written(name="A", body=body, preview="1")))
        assert "{% load static %}{% include &#x27;x&#x27; %}{# c #} Alex Candidate" in page

    def test_a_preview_saves_nothing_and_is_text(self, browser: Browser) -> None:
        body = "<script>alert(1)</script>{{company_name}}"
        page = text_of(browser.post(f"{TEMPLATES}/new", written(name="A", body=body, preview="1")))
        assert "&lt;script&gt;alert(1)&lt;/script&gt;Your company" in page
        assert "<script>alert" not in page
        assert not MessageTemplate.objects.exists()

    def test_two_have_not_the_same_name_but_two_accounts_may(
        self, browser: Browser, account: Account
    ) -> None:
        messages.save_template(account=make_account(), **written(name="A"))
        assert browser.post(f"{TEMPLATES}/new", written(name="A")).status_code == 302
        assert "has this name" in text_of(browser.post(f"{TEMPLATES}/new", written(name=" A ")))
        assert account.message_templates.count() == 1

    def test_there_are_not_too_many(
        self, browser: Browser, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(messages, "MAX_TEMPLATES", 1)
        browser.post(f"{TEMPLATES}/new", written(name="A"))
        assert "delete one first" in text_of(browser.post(f"{TEMPLATES}/new", written(name="B")))

    def test_those_of_others_cannot_be_used(self, browser: Browser, job: Job) -> None:
        other = messages.save_template(account=make_account(), **written(name="Theirs", body="Secret"))
        page = text_of(browser.get(path(apply(job), f"/write?template={other.public_id}")))
        assert "Secret" not in page


class TestTexts:
    @given(st.text(), st.text())
    def test_a_value_is_never_read_as_a_placeholder(self, name: str, rest: str) -> None:
        values = {"candidate_name": "{{job_title}}" + name, "job_title": "BOSS"}
        assert messages.fill("{{candidate_name}}", values) == "{{job_title}}" + name
        assert messages.fill("{{ candidate_name }}|{{job_title}}", values).endswith("|BOSS")

    @given(st.text(max_size=50))
    def test_a_text_without_braces_stays_as_it_is(self, text: str) -> None:
        plain = text.replace("{", "").replace("}", "")
        assert messages.fill(plain, {"candidate_name": "x"}) == plain

    @given(st.text())
    def test_a_subject_is_one_line(self, name: str) -> None:
        subject = messages.fill_subject("Dear {{candidate_name}}", {"candidate_name": name})
        assert len(subject.splitlines()) == 1
        assert len(subject) <= messages.MAX_SUBJECT_LENGTH


@pytest.mark.django_db(transaction=True)
class TestSending:
    def test_a_mail_is_previewed_then_sent_and_kept(self, browser: Browser, job: Job) -> None:
        application = apply(job)
        preview = text_of(browser.post(path(application, "/write"), written(preview="1")))
        assert "Dear Ada Abara," in preview
        assert not mail.outbox
        answer = browser.post(path(application, "/write?q=ada"), written(), follow=True)
        assert answer.request["QUERY_STRING"] == "q=ada"
        page = text_of(answer)
        assert "E-mail sent to Ada Abara." in page
        assert f"E-mail: About {job.title}" in page
        [message] = mail.outbox
        assert message.to == ["ada.abara@example.com"]
        assert message.reply_to == ["recruiter@techcorp.example"]
        assert message.from_email == "TechCorp via JobSphere <no-reply@jobsphere.io>"
        assert message.subject == f"About {job.title}"
        assert message.body.startswith("Dear Ada Abara,\n\nhello.\n")
        assert "token" not in message.body

    def test_it_starts_from_a_template(self, browser: Browser, account: Account, job: Job) -> None:
        template = messages.save_template(account=account, **written(name="A"))
        page = text_of(browser.get(path(apply(job), f"/write?template={template.public_id}&q=a")))
        assert "Dear {{ candidate_name }}," in page
        assert '<input type="hidden" name="q" value="a">' in page

    @pytest.mark.parametrize("fields", [{"body": "{{nobody}}"}, {"subject": ""}])
    def test_a_fault_sends_nothing(self, browser: Browser, job: Job, fields: dict[str, str]) -> None:
        answer = browser.post(path(apply(job), "/write"), written(**fields))
        assert answer.status_code == 400
        assert not mail.outbox
        assert not Message.objects.exists()

    def test_a_mail_that_fails_is_shown_as_not_sent_and_can_be_tried_again(
        self, browser: Browser, job: Job, settings: Any
    ) -> None:
        application = apply(job)
        sending, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, FAILING
        page = text_of(browser.post(path(application, "/write"), written(), follow=True))
        assert "The mail server did not take the e-mail" in page
        assert "E-mail sent" not in page
        assert "Not sent" in page
        message = Message.objects.get()
        settings.EMAIL_BACKEND = sending
        url = f"{TABLE}/messages/{message.public_id}/resend"
        assert "E-mail sent to Ada Abara." in text_of(browser.post(url, follow=True))
        browser.post(url)
        assert len(mail.outbox) == 1

    def test_a_server_that_is_down_is_asked_once_for_many(
        self, browser: Browser, account: Account, job: Job, settings: Any
    ) -> None:
        people = [apply(job, name) for name in ("Ada", "Ben", "Chloe")]
        template = messages.save_template(account=account, **written(name="A"))
        settings.EMAIL_BACKEND = FAILING
        FailingBackend.asked = 0
        page = text_of(self.reject(browser, people, template))
        assert FailingBackend.asked == 1
        assert "3 applicants moved to Rejected." in page
        assert "did not take the e-mail to" in page
        assert set(Message.objects.values_list("state", flat=True)) == {Message.State.FAILED}

    def test_one_address_that_is_refused_does_not_hold_up_the_others(
        self, browser: Browser, account: Account, job: Job, settings: Any
    ) -> None:
        people = [apply(job, name) for name in ("Ada", "Ben", "Chloe")]
        template = messages.save_template(account=account, **written(name="A"))
        settings.EMAIL_BACKEND = PICKY
        page = text_of(self.reject(browser, people, template))
        assert "2 e-mails sent." in page
        assert "did not take the e-mail to ada@example.com." in page

    @staticmethod
    def reject(browser: Browser, people: list[Application], template: MessageTemplate) -> Any:
        data = {
            "application": [each.public_id for each in people],
            "to_stage": "rejected",
            "template": template.public_id,
            "confirmed": "1",
        }
        return browser.post(f"{TABLE}/move", data, follow=True)

    def test_no_account_mails_the_whole_world(
        self, browser: Browser, job: Job, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(messages, "MAX_MESSAGES_A_DAY", 1)
        application = apply(job)
        browser.post(path(application, "/write"), written())
        page = text_of(browser.post(path(application, "/write"), written()))
        assert "within a day" in page
        assert len(mail.outbox) == 1

    def test_a_company_s_name_cannot_add_a_header(self, job: Job, by: Actor) -> None:
        job.company.name = "Evil\r\nBcc: all@example.com"
        job.company.save()
        message = messages.send_message(application=apply(job), by=by, **written())
        message.refresh_from_db()
        assert message.state == Message.State.SENT
        assert "Bcc" not in mail.outbox[0].message()

    def test_what_was_written_is_exported_and_erased_with_the_candidate(self, job: Job, by: Actor) -> None:
        application = apply(job)
        messages.send_message(application=application, by=by, **written())
        held = queries.held_about(application.candidate)
        assert held["applications"][0]["messages"][0]["subject"] == f"About {job.title}"
        erase_candidate(candidate=application.candidate)
        assert not Message.objects.exists()
