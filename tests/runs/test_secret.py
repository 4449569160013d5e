from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from arseg.runs.secret import Struck, discreet, harmless, resolve, secrets_in, strike, without_password
from arseg.schema import UsageError


def test_a_reference_is_resolved_from_the_environment_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", "http://a:b@mlflow\n")
    (tmp_path / "where").write_text("postgresql://a:b@db/x\n", encoding="utf-8")
    assert resolve("$WHERE") == "http://a:b@mlflow"
    assert resolve(f"@{tmp_path / 'where'}") == "postgresql://a:b@db/x"
    assert resolve("sqlite:////home/mlflow.db") == "sqlite:////home/mlflow.db"


def test_a_reference_to_nothing_is_wrong_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHERE", raising=False)
    with pytest.raises(UsageError, match=r"not set. Given: \$WHERE"):
        resolve("$WHERE")
    with pytest.raises(UsageError, match=r"cannot be read. Given: .*nothing: FileNotFoundError"):
        resolve(f"@{tmp_path / 'nothing'}")
    (tmp_path / "empty").touch()
    with pytest.raises(UsageError, match="is empty"):
        resolve(f"@{tmp_path / 'empty'}")


@pytest.mark.parametrize(
    "address", ["http://mlflow:5000", "sqlite:///x.db", "postgresql://ann:pw@db/x", "databricks"]
)
def test_only_a_server_by_http_gets_its_password_by_other_means(address: str) -> None:
    assert without_password(address) == (address, {})


def test_a_secret_is_struck_as_written_and_as_meant() -> None:
    secrets = secrets_in("http://ann:p%40ss@h/?password=other", {"MLFLOW_TRACKING_PASSWORD": "third"})
    said = strike("p%40ss p@ss other third ann", secrets)
    assert said == "*** *** *** *** ann"
    stream = io.StringIO()
    print("no answer from http://ann:p%40ss@h", file=Struck(stream, secrets))  # type: ignore[arg-type]
    assert stream.getvalue() == "no answer from http://ann:***@h\n"


def test_a_secret_is_struck_as_it_is_sent() -> None:
    """``Basic`` of the address and of MLflow's own variables: "ann:p@ss" and "bob:other"."""
    own = {"MLFLOW_TRACKING_USERNAME": "bob", "MLFLOW_TRACKING_PASSWORD": "other"}
    secrets = secrets_in("http://ann:p%40ss@h", own)
    assert strike("Authorization: Basic YW5uOnBAc3M=, Basic Ym9iOm90aGVy", secrets) == (
        "Authorization: Basic ***, Basic ***"
    )


def test_a_process_that_talks_to_mlflow_says_no_secret_and_hands_it_over_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("WHERE", "http://ann:c4n4ry@mlflow")
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")
    assert discreet("$WHERE") == "http://mlflow"
    sys.stdout.write("c4n4ry")
    sys.stderr.write("http://ann:c4n4ry@mlflow")
    assert (out.getvalue(), err.getvalue()) == ("***", "http://ann:***@mlflow")
    assert os.environ["MLFLOW_TRACKING_PASSWORD"] == "c4n4ry"


def test_a_longer_secret_that_holds_a_shorter_one_leaves_no_rest() -> None:
    assert strike("abcdef", {"abc", "abcdef"}) == "***"
    assert secrets_in("http://mlflow", {}) == set()


@pytest.mark.parametrize(
    "name",
    [
        "PGPASSWORD",
        "DB_PASSWD",
        "API_TOKEN",
        "aws_secret_access_key",
        "OPENAI_API_KEY",
        "SENTRY_DSN",
        "X_CREDENTIALS",
    ],
)
def test_a_variable_that_is_called_a_secret_is_left_out(name: str) -> None:
    assert harmless({name: "x", "PATH": "/bin", "LANG": "C", "PGHOST": "db"}) == {
        "PATH": "/bin",
        "LANG": "C",
        "PGHOST": "db",
    }


@pytest.mark.parametrize("value", ["http://a:b@proxy:80", "host=db password=x"])
def test_a_variable_that_holds_a_password_is_left_out_whatever_it_is_called(value: str) -> None:
    assert harmless({"SOMETHING": value}) == {}
