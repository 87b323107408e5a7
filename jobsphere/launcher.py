"""What `make run` and its sisters start: the services, the database's contents, the web server.

    python -m jobsphere.launcher serve                  the site, at http://127.0.0.1:$PORT/
    python -m jobsphere.launcher manage ARGS...         manage.py with the site's services
    python -m jobsphere.launcher with-tests COMMAND...  any command with the tests' services

`DATABASE_URL` and `REDIS_URL` name servers to use; embedded ones take the place of those unset.
"""

import argparse
import contextlib
import ctypes
import errno
import hashlib
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jobsphere.embedded import AlreadyRunning, EmbeddedError, Services

STEPS: list[list[str]] = [
    ["migrate", "--verbosity=0"],
    ["load_categories"],
    ["load_places"],
]
DEMO_STEPS: list[list[str]] = [
    ["import_postings", "--reopen"],
    ["load_demo"],
]
"""Management commands before the site opens, in this order, the latter in development only.

Each is quick when there is nothing to do.
"""

BASE_DIR = Path(__file__).resolve().parent.parent
DATA = BASE_DIR / ".jobsphere"
SERVICE_URLS = ("DATABASE_URL", "REDIS_URL")

logger = logging.getLogger(__name__)


def main(arguments: list[str] | None = None) -> int:
    """Run the launcher's command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m jobsphere.launcher")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the site")
    commands.add_parser("prepare", help="bring database and static files up to date; the URLs must be set")
    for name, text in (("manage", "run manage.py"), ("with-tests", "run a command with the tests' services")):
        commands.add_parser(name, help=text).add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        match options.command:
            case "serve":
                return serve()
            case "prepare":
                return prepare()
            case "manage":
                return run([sys.executable, str(BASE_DIR / "manage.py"), *options.arguments], "run")
            case _:
                return run(options.arguments, "test")
    except (EmbeddedError, PermissionError) as error:
        logger.error("%s", error)
        return 1


def serve() -> int:
    """Run the site until SIGINT or SIGTERM, which end the process with status 0.

    Returns 1 if the site cannot be started or the web server ends by itself.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    services = services_of("run")
    with contextlib.ExitStack() as stack:
        stack.callback(services.stop)
        services.start()
        port = os.environ.get("PORT") or "8000"
        if trouble := _port_trouble(port):
            logger.error("%s", trouble)
            return 1
        environment = _environment(services)
        environment |= {"PORT": port}
        environment.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
        environment["STATIC_FILES_COLLECTED"] = "1"
        # In a process of its own: Django and its connections do not stay in this one, which forks.
        command = [sys.executable, "-m", "jobsphere.launcher", "prepare"]
        if subprocess.run(command, cwd=BASE_DIR, env=environment, check=False).returncode:
            return 1
        gunicorn = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", str(BASE_DIR / "gunicorn.conf.py")],
            cwd=BASE_DIR,
            env=environment,
            start_new_session=True,  # Ctrl-C reaches it by way of this process, once
            preexec_fn=end_with_parent(),
        )
        stack.callback(_terminate, gunicorn)
        _wait_for_port(port, gunicorn)
        print(_invitation(port), flush=True)
        _supervise(services, gunicorn)
    logger.error("The web server ended by itself, with status %s.", gunicorn.returncode)
    return 1


def prepare() -> int:
    """Collect the static files if they have changed, and take every step."""
    import django
    from django.conf import settings
    from django.core.management import CommandError, call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jobsphere.settings")
    django.setup()
    try:
        _collect_static_files()
        for step in STEPS + (DEMO_STEPS if settings.DEVELOPMENT else []):
            call_command(*step)
    except CommandError as error:
        logger.error("%s", error)
        return 1
    return 0


def run(command: list[str], name: str) -> int:
    """Run a command with the services of `name` (`run` or `test`), and return its exit status.

    Uses the site's own servers while it runs, else starts them for as long as the command takes.
    """
    services = services_of(name)
    with contextlib.ExitStack() as stack:
        try:
            services.start()
            stack.callback(services.stop)
        except AlreadyRunning:
            if name != "run":
                raise
        # The terminal sends Ctrl-C to the command itself; the services stop after it.
        signal.signal(signal.SIGINT, lambda *_: None)
        child = subprocess.Popen(command, cwd=BASE_DIR, env=_environment(services))
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        return child.wait()


def services_of(name: str) -> Services:
    """The services to start for `run` or `test`, the latter fast and without safety for its data."""
    wanted = [variable for variable in SERVICE_URLS if not os.environ.get(variable)]
    return Services(DATA / name, wanted, durable=name == "run")


def _environment(services: Services) -> dict[str, str]:
    """This process's variables, with what development needs where they are silent."""
    environment = os.environ | services.urls
    environment.setdefault("JOBSPHERE_DEVELOPMENT", "1")
    if not environment.get("SECRET_KEY"):
        environment["SECRET_KEY"] = _secret_key()
    return environment


def _secret_key() -> str:
    """A key of this checkout's own, made once and readable by this user alone."""
    file = DATA / "secret-key"
    DATA.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as output:
            output.write(secrets.token_urlsafe(50))
    return file.read_text()


def _port_trouble(port: str) -> str | None:
    """Say why the site cannot listen on `port`, if it cannot."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        return f"PORT must be a number from 1 to 65535, not {port!r}."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            return f"Port {port} {reason}. Choose another one: PORT={int(port) % 65535 + 1} make run"
    return None


def _wait_for_port(port: str, gunicorn: subprocess.Popen[bytes]) -> None:
    while gunicorn.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), timeout=1):
            return
        time.sleep(0.05)


def _supervise(services: Services, gunicorn: subprocess.Popen[bytes]) -> None:
    """Start again the services that die, as long as the web server runs."""
    while gunicorn.poll() is None:
        try:
            services.revive()
        except EmbeddedError as error:
            logger.error("%s", error)
            time.sleep(5)
        time.sleep(0.5)


def _collect_static_files() -> None:
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256(f"{settings.STORAGES['staticfiles']}\n".encode())
    for finder in get_finders():
        for path, storage in finder.list(()):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    stamp = DATA / "static-files"
    collected = stamp.read_text() if stamp.exists() and Path(settings.STATIC_ROOT).exists() else None
    if collected != digest.hexdigest():
        print("Collecting static files ...", flush=True)
        call_command("collectstatic", "--no-input", "--clear", "--verbosity=0")
        stamp.write_text(digest.hexdigest())


def _invitation(port: str) -> str:
    site = f"http://127.0.0.1:{port}"
    return (
        f"\nJobSphere is running. Open {site}/\n"
        f"  API reference   {site}/v1/docs\n"
        f"  Administration  {site}/admin/\n"
        "Stop it with Ctrl-C.\n"
    )


def _stop(*_: object) -> None:
    """Handle a signal: leave by way of every `finally`, once."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


def _terminate(gunicorn: subprocess.Popen[bytes]) -> None:
    gunicorn.terminate()
    gunicorn.wait()


def end_with_parent() -> Callable[[], object] | None:
    """What makes Linux end a child when this process is killed, so that it does not keep the port."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded here: after the fork nothing should be
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
