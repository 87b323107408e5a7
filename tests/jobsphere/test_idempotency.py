"""A POST that is sent again is answered again, not done again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Account
from jobsphere.api import idempotency
from jobsphere.models import IdempotentAnswer
from tests.fixtures.factories import ApiClient, client_of, error_code, faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toy")]


def post(client: ApiClient, body: dict[str, Any], key: str | None = "key-1", **kwargs: Any) -> Any:
    headers = {} if key is None else {"HTTP_IDEMPOTENCY_KEY": key}
    return client.post("/v1/groups", body, **headers, **kwargs)


def test_the_second_call_gets_the_first_answer(api: ApiClient) -> None:
    first, second = post(api, {"name": "a"}), post(api, {"name": "a"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first["Location"] == second["Location"]
    assert second["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert second["X-RateLimit-Remaining"] == "498"
    assert Group.objects.count() == 1


def test_without_a_key_every_call_counts(api: ApiClient) -> None:
    post(api, {"name": "a"}, key=None)
    post(api, {"name": "b"}, key=None)
    assert Group.objects.count() == 2
    assert not IdempotentAnswer.objects.exists()


def test_another_body_with_the_same_key_is_refused(api: ApiClient) -> None:
    post(api, {"name": "a"})
    answer = post(api, {"name": "b"})
    assert (answer.status_code, error_code(answer)) == (400, "idempotency_key_reused")
    assert Group.objects.count() == 1


def test_keys_of_different_accounts_do_not_meet(api: ApiClient, stranger: ApiClient) -> None:
    assert post(api, {"name": "a"}).status_code == post(stranger, {"name": "b"}).status_code == 201


def test_the_keys_of_one_account_share_their_answers(api: ApiClient, account: Account) -> None:
    post(api, {"name": "a"})
    assert post(client_of(account), {"name": "a"})["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "has space", "ünicode"])
def test_a_malformed_key_is_refused(api: ApiClient, key: str) -> None:
    answer = post(api, {"name": "a"}, key=key)
    assert answer.status_code == 400
    assert faults(answer) == {"Idempotency-Key": "invalid_parameter"}
    assert not Group.objects.exists()


def test_a_refusal_is_kept_and_leaves_no_trace_in_the_data(api: ApiClient) -> None:
    for replayed in (False, True):
        answer = post(api, {"name": "refused"})
        assert (answer.status_code, error_code(answer)) == (400, "job_closed")
        assert ("Idempotent-Replayed" in answer) is replayed
    assert post(api, {"nmae": "a"}, key="key-2").status_code == 400
    assert post(api, {"nmae": "a"}, key="key-2")["Idempotent-Replayed"] == "true"
    assert not Group.objects.exists()


def test_a_failure_of_ours_is_not_kept_and_leaves_nothing(api: ApiClient) -> None:
    api.raise_request_exception = False
    assert post(api, {"name": "broken"}).status_code == 500
    assert not Group.objects.exists()
    assert not IdempotentAnswer.objects.exists()


def test_a_call_while_the_first_is_under_way_is_told_so(
    transactional_db: None, api: ApiClient, account: Account
) -> None:
    def hold() -> Any:
        try:
            return post(client, {"name": "a"})
        finally:
            connection.close()

    client = client_of(account)
    with transaction.atomic():
        idempotency._lock(account.public_id, "key-1")
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(hold).result()
    assert (answer.status_code, error_code(answer)) == (409, "idempotency_in_progress")
    assert post(api, {"name": "a"}).status_code == 201


def test_of_many_equal_calls_at_once_one_is_done(transactional_db: None, account: Account) -> None:
    client = client_of(account)

    def call(_: int) -> Any:
        one = ApiClient()
        one.credentials(**client._credentials)
        try:
            return post(one, {"name": "a"})
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(call, range(12)))
    assert Group.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


def test_an_answer_is_forgotten_after_a_day(api: ApiClient) -> None:
    post(api, {"name": "a"})
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24))
    answer = post(api, {"name": "b"})
    assert answer.status_code == 201
    assert post(api, {"name": "b"})["Idempotent-Replayed"] == "true"


def test_the_purge_deletes_what_is_old(api: ApiClient) -> None:
    post(api, {"name": "a"})
    post(api, {"name": "b"}, key="key-2")
    IdempotentAnswer.objects.filter(key="key-1").update(created_at=timezone.now() - timedelta(hours=25))
    call_command("purge_idempotent_answers", verbosity=0)
    assert [answer.key for answer in IdempotentAnswer.objects.all()] == ["key-2"]


def test_a_form_is_the_same_whatever_its_boundary_and_another_with_another_file(api: ApiClient) -> None:
    def send(content: bytes, boundary: str) -> Any:
        lines = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\na\r\n'.encode(),
            f'--{boundary}\r\nContent-Disposition: form-data; name="resume"; filename="r.txt"\r\n'.encode(),
            b"Content-Type: text/plain\r\n\r\n" + content + f"\r\n--{boundary}--\r\n".encode(),
        ]
        return api.generic(
            "POST",
            "/v1/groups",
            b"".join(lines),
            f"multipart/form-data; boundary={boundary}",
            HTTP_IDEMPOTENCY_KEY="key-1",
        )

    assert send(b"one", "first").status_code == 201
    assert send(b"one", "second")["Idempotent-Replayed"] == "true"
    assert error_code(send(b"two", "third")) == "idempotency_key_reused"


def test_a_file_can_be_read_after_it_was_compared() -> None:
    file = SimpleUploadedFile("r.txt", b"content")
    idempotency._file_digest(file)
    assert file.read() == b"content"
