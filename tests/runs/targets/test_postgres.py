from __future__ import annotations

import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from arseg.runs.publication_sections import Target as Declared
from arseg.runs.targets.carrying import carry
from arseg.runs.targets.database import LASTING, PASSING
from arseg.runs.targets.filing import Held, held_of
from arseg.runs.targets.postgres import Postgres
from arseg.schema import DataError, UsageError

Put = Callable[..., Path]
SECRET = "hunter2!"
# The carrying, the retry after the lost answer, and two looks.
LINES = 4


def held(target: Postgres) -> Held:
    with target.open(write=False) as database:
        return held_of(database, target.place, "demo")


@pytest.fixture(name="server")
def _server(postgres_declared: Declared, tmp_path: Path) -> Postgres:
    return Postgres(postgres_declared, tmp_path)


def test_the_address_may_stand_in_a_file(postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "mart").write_text(f"{postgres_url}\n", encoding="utf-8")
    with Postgres(Declared(kind="postgres", url_file="mart"), tmp_path).open(write=False) as database:
        assert database.ask("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"url_env": "ARSEG_UNSET"}, "Given: nothing in the environment variable ARSEG_UNSET"),
        ({"url_file": "none"}, "Given: nothing in the file none"),
    ],
)
def test_an_address_that_is_missing_is_seen_before_anything_runs(
    tmp_path: Path, given: dict[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        Postgres(Declared(kind="postgres", **given), tmp_path).require_ready()


def test_without_the_driver_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"needs psycopg.*Do: install arseg\[postgres\]"):
        Postgres(Declared(kind="postgres", url="postgresql:///x"), tmp_path).require_ready()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ann:{SECRET}@127.0.0.1:1/mart",
        f"postgresql://ann:a@{SECRET}@127.0.0.1:1/mart",
        f"postgresql://ann:a/{SECRET}@127.0.0.1:1/mart",
        f"postgresql://ann:%zz{SECRET}@127.0.0.1:1/mart",
        f"host=127.0.0.1 port=1 password={SECRET}",
        f"postgresql://127.0.0.1:1/mart?user=ann&password={SECRET}",
        f"{SECRET}",
    ],
)
def test_no_refusal_repeats_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("ARSEG_TEST_URL", url)
    target = Postgres(Declared(kind="postgres", url_env="ARSEG_TEST_URL"), tmp_path)
    with pytest.raises((DataError, UsageError)) as refused, target.open(write=True):
        pass
    assert SECRET not in f"{refused.value} {target} {refused.value.__cause__}"


def test_a_server_that_is_not_there_may_come_back(tmp_path: Path) -> None:
    target = Postgres(Declared(kind="postgres", url="postgresql://ann@127.0.0.1:1/mart"), tmp_path)
    with pytest.raises(DataError, match=r"the target postgres by its url, arseg refused") as refused:
        held(target)
    assert refused.value.code == PASSING


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 1/0", LASTING),
        ("SELECT pg_terminate_backend(pg_backend_pid())", PASSING),
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$", PASSING),
        ("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END $$", LASTING),
        ("CREATE TABLE public.never (a int)", LASTING),
    ],
)
def test_only_what_may_pass_is_called_so(server: Postgres, sql: str, code: str) -> None:
    with pytest.raises(DataError) as refused, server.open(write=False) as database:
        database.ask(sql)
    assert refused.value.code == code


def test_a_connection_cut_within_the_transaction_is_tried_again(
    server: Postgres, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    import arseg.runs.targets.postgres as room

    cuts = iter([True])
    add = room._Open.add

    def cut(self: Any, table: Any, place: str, rows: Any) -> None:
        if table.name == "worklist" and next(cuts, False):
            self.ask("SELECT pg_terminate_backend(pg_backend_pid())")
        add(self, table, place, rows)

    monkeypatch.setattr(room._Open, "add", cut)
    version = put()
    carry(version, [server])
    assert held(server).in_force == version.name
    with server.open(write=False) as database:
        assert database.ask("SELECT count(*) FROM mart.worklist") == [(5,)]


def test_a_null_character_is_a_refusal_that_names_the_target(server: Postgres, put: Put) -> None:
    import pyarrow as pa

    from arseg.runs.targets.tables import IN_FORCE

    carry(put(), [server])
    rows = pa.table({"experiment": ["a\0b"], "version": ["v"]})
    with pytest.raises(DataError, match="NUL") as refused, server.open(write=True) as database:
        database.add(IN_FORCE, "mart", rows)
    assert refused.value.code == LASTING


def test_a_role_that_may_only_write_rows_publishes_into_tables_made_for_it(
    server: Postgres, put: Put, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    carry(put("Low"), [server])
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS arseg_publisher, arseg_reader")
        for role in ("arseg_publisher", "arseg_reader"):
            connection.execute(f"CREATE ROLE {role}")
            connection.execute(f"GRANT USAGE ON SCHEMA mart TO {role}")
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA mart TO {role}")
        connection.execute("GRANT INSERT ON ALL TABLES IN SCHEMA mart TO arseg_publisher")
        connection.execute("GRANT UPDATE ON mart.in_force TO arseg_publisher")
        for role, refused in (("arseg_publisher", False), ("arseg_reader", True)):
            monkeypatch.setenv("PGOPTIONS", f"-c role={role}")
            version = put("High", key_date="2026-11-30")
            if refused:
                assert held(server).in_force == version.name
                with pytest.raises(DataError, match="permission denied"):
                    carry(put("High", key_date="2026-12-31"), [server])
            else:
                carry(version, [server])
        monkeypatch.delenv("PGOPTIONS")
        for role in ("arseg_publisher", "arseg_reader"):
            connection.execute(f"DROP OWNED BY {role}")
            connection.execute(f"DROP ROLE {role}")


def test_two_homes_that_publish_at_once_make_the_tables_once(server: Postgres, put: Put) -> None:
    versions = [put("Low"), put("High"), put("Low", key_date="2026-11-30")]
    problems: list[BaseException] = []

    def go(version: Path) -> None:
        try:
            carry(version, [server])
        except BaseException as problem:  # noqa: BLE001 - any is a failure here
            problems.append(problem)

    threads = [threading.Thread(target=go, args=[version]) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(held(server).versions) == sorted(version.name for version in versions)


@contextmanager
def losing_the_answer(socket_file: str) -> Iterator[tuple[str, list[str]]]:
    """Pass bytes to the server and back, but cut the line when the first COMMIT was answered."""
    lost: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(client: socket.socket) -> None:
            with client, socket.socket(socket.AF_UNIX) as server:
                server.connect(socket_file)
                committing = False
                while ready := select.select([client, server], [], [])[0]:
                    data = ready[0].recv(65536)
                    if not data:
                        return
                    if ready[0] is client:
                        committing = committing or (b"COMMIT" in data and not lost)
                        server.sendall(data)
                    elif committing:
                        lost.append("answer")
                        return
                    else:
                        client.sendall(data)

        def accept() -> None:
            for _ in range(LINES):
                serve(listener.accept()[0])

        serving = threading.Thread(target=accept)
        serving.start()
        yield str(listener.getsockname()[1]), lost
        serving.join()


def test_where_the_answer_to_commit_is_lost_the_version_is_there_once(
    postgres_url: str, server: Postgres, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    from psycopg.conninfo import conninfo_to_dict

    said = conninfo_to_dict(postgres_url)
    folder = str(said.get("host", ""))
    socket_file = f"{folder}/.s.PGSQL.{said.get('port', 5432)}"
    if not Path(socket_file).is_socket():
        pytest.skip("this server has no socket file that the test could stand before")
    with losing_the_answer(socket_file) as (port, lost):
        url = f"postgresql://{said.get('user', 'postgres')}@127.0.0.1:{port}/{said.get('dbname', 'postgres')}"
        monkeypatch.setenv("ARSEG_TEST_URL", f"{url}?sslmode=disable&gssencmode=disable")
        version = put()
        carry(version, [server])
        assert lost == ["answer"]
        assert held(server).in_force == version.name
        with server.open(write=False) as database:
            assert database.ask("SELECT count(*) FROM mart.publications") == [(1,)]
