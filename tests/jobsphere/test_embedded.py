"""The embedded servers' lives, with real processes and real kills."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from jobsphere import embedded, launcher
from jobsphere.embedded import AlreadyRunning, EmbeddedError, Services


@pytest.fixture(scope="module")
def started_once() -> Iterator[Path]:
    """A data folder whose servers ran before: in a deep checkout, after a first start that was interrupted.

    It is not among pytest's temporary folders, as those are closed to the servers' user.
    """
    launcher.DATA.mkdir(mode=0o711, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="embedded-", dir=launcher.DATA))
    folder = made / ("deep" * 30) / ("er" * 60) / "started-once"
    (folder / "postgres.new" / "base").mkdir(parents=True)
    services = make_services(folder)
    services.start()
    services.stop()
    yield folder
    shutil.rmtree(made)


@pytest.fixture
def folder(started_once: Path, request: pytest.FixtureRequest) -> Path:
    """A place for a data folder."""
    return started_once.with_name(request.node.name)


@pytest.fixture
def services(started_once: Path, folder: Path) -> Iterator[Services]:
    """Servers that run, for one test to ill-treat."""
    with running(started_once, folder) as services:
        yield services


@pytest.fixture(scope="module")
def healthy(started_once: Path) -> Iterator[Services]:
    """Servers that run, to look at."""
    with running(started_once, started_once.with_name("healthy")) as services:
        yield services


@contextlib.contextmanager
def running(started_once: Path, folder: Path) -> Iterator[Services]:
    subprocess.run(["cp", "-a", started_once, folder], check=True)
    services = make_services(folder)
    services.start()
    yield services
    services.stop()


def make_services(folder: Path) -> Services:
    return Services(folder, launcher.SERVICE_URLS, durable=False)


def query(services: Services, statement: str) -> list[tuple[object, ...]]:
    # As on the site: what is committed outlives a kill. Waiting for the disk as well would show nothing more.
    with psycopg.connect(services.urls["DATABASE_URL"], options="-c synchronous_commit=on") as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def counted(services: Services) -> int:
    with redis.Redis.from_url(services.urls["REDIS_URL"]) as client:
        return int(client.incr("calls"))


def processes_of(services: Services) -> list[psutil.Process]:
    """PostgreSQL's main process and Valkey's."""
    return [server.process for server in services._servers.values() if server.process]


def kill(*processes: psutil.Process) -> None:
    embedded._end(list(processes), signal.SIGKILL)


def test_data_outlive_a_stop(folder: Path, services: Services) -> None:
    query(services, "CREATE TABLE kept AS SELECT 1 AS number")
    processes = processes_of(services)
    services.stop()
    assert not any(map(embedded._lives, processes))

    services.start()

    assert query(services, "SELECT number FROM kept") == [(1,)]
    assert counted(services) == 1


def test_text_is_unicode_and_its_order_is_that_of_code_points(healthy: Services) -> None:
    assert query(healthy, "SELECT lower('ÄÖ'), 'Z' < 'a', to_tsvector('simple', '“Zoë”')::text") == [
        ("äö", True, "'zoë':1")
    ]


def test_the_role_is_no_superuser(healthy: Services) -> None:
    assert query(healthy, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == [
        (False, True)
    ]


def test_only_the_owner_of_the_sockets_can_connect(healthy: Services) -> None:
    assert stat.S_IMODE(healthy.sockets.stat().st_mode) == 0o700
    for process in processes_of(healthy):
        assert not process.net_connections("inet")
        assert process.uids().real != 0


def test_killed_servers_are_started_again_with_their_data(services: Services) -> None:
    query(services, "CREATE TABLE kept AS SELECT 1 AS number")
    counted(services)
    kill(*processes_of(services))

    services.revive()

    assert query(services, "SELECT number FROM kept") == [(1,)]
    assert counted(services) == 1


def test_a_backend_at_work_does_not_hold_up_the_start_after_a_kill(services: Services) -> None:
    busy = psycopg.connect(services.urls["DATABASE_URL"])
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000000)")
    kill(processes_of(services)[0])

    services.revive()

    busy.close()
    assert query(services, "SELECT 1") == [(1,)]


def test_a_pid_file_that_names_another_program_is_not_believed(folder: Path, services: Services) -> None:
    kill(*processes_of(services))
    for file in (folder / "postgres" / "postmaster.pid", folder / "valkey" / "valkey.pid"):
        file.write_text(file.read_text().replace(file.read_text().split("\n")[0], str(os.getpid()), 1))

    services.revive()

    assert query(services, "SELECT 1") == [(1,)]
    assert counted(services) == 1


def test_servers_that_outlived_their_launcher_are_adopted_and_stopped(folder: Path) -> None:
    launch = (
        "import sys, time; from pathlib import Path; from jobsphere.embedded import Services;"
        "Services(Path(sys.argv[1]), ['DATABASE_URL', 'REDIS_URL'], durable=False).start();"
        "print('up', flush=True); time.sleep(60)"
    )
    first = subprocess.Popen([sys.executable, "-c", launch, str(folder)], stdout=subprocess.PIPE)
    assert first.stdout
    assert first.stdout.readline() == b"up\n"
    first.send_signal(signal.SIGKILL)
    first.communicate()
    services = make_services(folder)
    with psycopg.connect(services.urls["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    services.start()
    processes = processes_of(services)
    assert not any(isinstance(process, psutil.Popen) for process in processes)
    services.stop()

    assert not any(map(embedded._lives, processes))


def test_a_second_launcher_is_refused(healthy: Services) -> None:
    with pytest.raises(AlreadyRunning, match="JobSphere already runs from this folder"):
        make_services(healthy.folder).start()

    assert query(healthy, "SELECT 1") == [(1,)]


def test_a_deep_checkout_has_short_sockets(healthy: Services) -> None:
    assert len(str(healthy.folder)) > 240
    assert max(len(str(socket)) for socket in healthy.sockets.iterdir()) < 100


def test_a_first_start_that_was_interrupted_leaves_nothing(healthy: Services) -> None:
    assert not (healthy.folder / "postgres.new").exists()


def test_a_socket_folder_of_unknown_origin_is_refused(folder: Path) -> None:
    services = make_services(folder)
    services.sockets.symlink_to(folder)
    try:
        with pytest.raises(EmbeddedError, match="remove it"):
            services.start()
    finally:
        services.sockets.unlink()


def test_a_server_that_does_not_start_says_why(folder: Path, services: Services) -> None:
    services.stop()
    (folder / "postgres" / "global" / "pg_control").unlink()

    with pytest.raises(EmbeddedError, match=r"did not start(.|\n)*pg_control"):
        services.start()


def test_the_data_of_another_version_are_left_alone(folder: Path, services: Services) -> None:
    services.stop()
    (folder / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 17"):
        services.start()


def test_programs_come_from_the_wheels() -> None:
    assert os.access(embedded.postgres_binaries() / "postgres", os.X_OK)
    assert os.access(embedded.valkey_binary(), os.X_OK)
