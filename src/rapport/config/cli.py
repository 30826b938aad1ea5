"""The command line: `rapport COMMAND`."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from rapport.config import cli_backup, cli_connect, cli_mail, cli_people, cli_sending, env, instance
from rapport.config.cli_tools import compatible, data_option, django, note, say

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rapport.config.settings")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rapport")
def main() -> None:
    """Rapport: customer relationship management that a business runs itself."""


def _serve(options: Any) -> None:
    from rapport.config import serve as server

    try:
        server.run(options, say)
    except (server.Failed, env.Misconfigured) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--clickhouse-port", default=0, help="Port of the embedded ClickHouse (default: a free one).")
def serve(data: str | None, host: str, port: int, clickhouse_port: int) -> None:
    """Run everything: engines, web and worker."""
    from rapport.config.serve import Options

    _serve(Options(instance.choose(data), host, port, clickhouse_port))


@main.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@click.option("--limit", type=int, default=0, hidden=True, help="Load only this many customers (tests).")
def demo(data: str | None, host: str, port: int, no_browser: bool, limit: int) -> None:
    """Run everything with a year of a real shop's customers to click through."""
    from rapport.config.serve import Options, command
    from rapport.core.engines.supervisor import free_port

    smtp = f"smtp://127.0.0.1:{free_port()}"
    after = command(
        "demo-load", *(["--limit", str(limit)] if limit else []), *(["--no-browser"] if no_browser else [])
    )
    environment = {"RAPPORT_DEMO": "yes", "RAPPORT_SMTP_URL": smtp}
    _serve(
        Options(instance.choose(data), host, port, command="demo", environment=environment, after_start=after)
    )


@main.command("demo-load", hidden=True)
@click.option("--url", required=True)
@click.option("--limit", type=int, default=0)
@click.option("--no-browser", is_flag=True)
def demo_load(url: str, limit: int, no_browser: bool) -> None:
    """Load the demo's data into the running server (what `rapport demo` does after starting)."""
    django(None)
    from rapport.demo.seeding import run as demo_run

    for line in demo_run.run(url=url, limit=limit or None):
        say(line)
    if not no_browser:
        click.launch(url)


@main.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, help="Processes.")
def web(data: str | None, host: str, port: int, workers: int) -> None:
    """Run a web process (any number, on any number of machines)."""
    compatible(data)
    import uvicorn

    uvicorn.run(
        "rapport.config.asgi:application",
        http="rapport.config.protocol:BoundedProtocol",
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
        access_log=False,
        proxy_headers=True,
        server_header=False,
        timeout_graceful_shutdown=10,
    )


@main.command()
@data_option
@click.option(
    "--part",
    default="all",
    show_default=True,
    type=click.Choice(["all", "stream", "projector", "worker"]),
    help="Only this part of the work, in this very process.",
)
def worker(data: str | None, part: str) -> None:
    """Run a worker (any number, on any number of machines): one process per part of the work."""
    if part == "all":
        from rapport.config import processes

        compatible(data)
        processes.run()
        return
    compatible(data)
    from rapport.config import worker as work

    work.run(part)


@main.command()
@data_option
@click.option("--clickhouse-port", default=0)
def engine(data: str | None, clickhouse_port: int) -> None:
    """Run only the embedded engines of a data folder."""
    from rapport.config import compatibility, databases
    from rapport.core.engines import ownership, supervisor

    folder = instance.choose(data)
    try:
        compatibility.mark_folder(folder)
        owner = ownership.acquire(folder)
    except (compatibility.Incompatible, ownership.AlreadyOwned) as error:
        raise click.ClickException(str(error)) from error
    owner.describe(command="rapport engine")
    instance.remember(folder)
    running = databases.supervised(folder, clickhouse_port)
    supervisor.stop_on_signals(running)
    try:
        running.start_engines(note)
        running.write_state()
        say(f"ready {json.dumps(running.pids())}")
        running.run()
    finally:
        running.stop()
        owner.release()


@main.command()
@data_option
def migrate(data: str | None) -> None:
    """Bring the schema of both databases and the static files up to date."""
    compatible(data)
    from rapport.config import prepare

    prepare.run()


@main.group()
def user() -> None:
    """People who sign in."""


@user.command("create")
@data_option
@click.option("--email", required=True)
@click.option(
    "--role", "roles", required=True, multiple=True, help="A role's key; may be given several times."
)
@click.option("--name", default="")
@click.option("--password-stdin", is_flag=True, required=True, help="Read the password from standard input.")
def user_create(
    data: str | None, email: str, roles: tuple[str, ...], name: str, password_stdin: bool
) -> None:
    """Create a user."""
    django(data)
    from rapport.config import commands

    password = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    commands.guarded(lambda: commands.create_user(email=email, roles=roles, name=name, password=password))
    note(f"created {email} ({', '.join(roles)})")


@main.group()
def key() -> None:
    """Keys of programs that send events or call the API."""


@key.command("create")
@data_option
@click.option("--kind", required=True, type=click.Choice(["write", "api"]))
@click.option("--name", required=True)
@click.option("--scope", "scopes", multiple=True, help="A permission of an API key, such as people.view.")
@click.option("--role", default="", help="A role whose permissions an API key gets.")
@click.option("--until", type=click.DateTime(), help="When an API key stops working.")
def key_create(
    data: str | None,
    kind: str,
    name: str,
    scopes: tuple[str, ...],
    role: str,
    until: dt.datetime | None,
) -> None:
    """Create a key; prints it alone on standard output."""
    django(data)
    from rapport.config import commands

    say(
        commands.guarded(
            lambda: commands.create_key(kind=kind, name=name, role=role, scopes=scopes, until=until)
        )
    )


@main.command()
@data_option
def doctor(data: str | None) -> None:
    """Check the installation and say what to do."""
    from rapport.config import doctor as check

    folder = instance.choose(data)
    sys.exit(check.run(folder, say))


@main.command()
@data_option
@click.argument("name")
@click.option(
    "--seconds", default=10.0, show_default=True, help="How long to measure; import: 20,000 rows each."
)
@click.option("--people", default=0, help="How many persons, where a benchmark makes them; 0: as it likes.")
@click.option("--events", default=0, help="How many of the year's events, the newest; 0: all (pages).")
@click.option(
    "--log",
    type=click.Choice(["postgres", "nats"]),
    default="postgres",
    show_default=True,
    help="Where the event log lies; nats starts a server of its own that syncs every message to disk.",
)
def bench(data: str | None, name: str, seconds: float, people: int, events: int, log: str) -> None:
    """Run one benchmark; prints one JSON object."""
    from rapport import bench as benchmarks

    options = benchmarks.Options(Path(data) if data else None, seconds, people, events, log)
    try:
        say(json.dumps(benchmarks.run(name, options)))
    except (benchmarks.Unknown, benchmarks.NoMails) as error:
        raise click.ClickException(str(error)) from error


for command in (
    cli_backup.backup,
    cli_backup.restore,
    cli_connect.connect,
    cli_mail.mail,
    cli_people.import_,
    cli_people.export,
    cli_people.duplicates,
    cli_sending.sending,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
