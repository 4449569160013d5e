"""Secrets stay where they are: a record holds a reference, and what a process says is struck of them.

A reference is ``$NAME`` of an environment variable or ``@path`` of a file. It is resolved only in the process
that needs the secret, so that neither a record nor a list of processes ever shows it.
"""

from __future__ import annotations

import os
import re
import sys
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TextIO, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from arseg.schema import UsageError

STRUCK: Final = "***"

_BY_NAME: Final = re.compile(
    r"passw(or)?d|passwort|passphrase|secret|token|credential|api_?key|private_?key|access_?key|dsn",
    re.IGNORECASE,
)
_BY_VALUE: Final = re.compile(r"//[^/\s@]*:[^\s@]*@|\bpassw(or)?d\s*=", re.IGNORECASE)
_IN_QUERY: Final = re.compile(r"passw(?:or)?d\s*=\s*'?([^&'\s]+)", re.IGNORECASE)
# Set by whoever starts a process that talks to MLflow.
_MLFLOW: Final = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")


def resolve(reference: str) -> str:
    """Return what a reference stands for; an address that is none is returned as it is.

    Raises
    ------
    UsageError
        If the variable is not set or the file cannot be read.

    Examples
    --------
    >>> resolve("http://127.0.0.1:5000")
    'http://127.0.0.1:5000'
    """
    if reference.startswith("$"):
        found = os.environ.get(reference[1:], "").strip()
        if not found:
            raise UsageError(
                "an environment variable that the experiment names is not set",
                given=reference,
                allowed="a variable that holds the address",
                do="set it for this process",
            )
        return found
    return _read(Path(reference[1:])) if reference.startswith("@") else reference


def without_password(address: str) -> tuple[str, dict[str, str]]:
    """Return a server's address without its user, and the variables by which MLflow gets both instead.

    Parameters
    ----------
    address
        Any; only that of a server by HTTP is changed.

    Examples
    --------
    >>> without_password("https://ann:pw%21@mlflow:5000/x")
    ('https://mlflow:5000/x', {'MLFLOW_TRACKING_USERNAME': 'ann', 'MLFLOW_TRACKING_PASSWORD': 'pw!'})
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return address, {}
    who, _, host = parts.netloc.rpartition("@")
    user, _, password = who.partition(":")
    told = {"MLFLOW_TRACKING_USERNAME": unquote(user), "MLFLOW_TRACKING_PASSWORD": unquote(password)}
    return urlunsplit(parts._replace(netloc=host)), told


def secrets_in(address: str, environment: Mapping[str, str]) -> set[str]:
    """Return the texts that must never be said: passwords of an address, MLflow's own, and both as they are sent.

    A server that repeats what it was told names a user and the password in base64.

    Parameters
    ----------
    address
        As resolved.
    environment
        Of the process.

    Examples
    --------
    >>> sorted(secrets_in("postgresql://ann:p%40ss@db/x", {"MLFLOW_TRACKING_TOKEN": "t0ken"}))
    ['YW5uOnBAc3M=', 'p%40ss', 'p@ss', 't0ken']
    """
    who = re.search(r"//([^:/@\s]*):(\S*)@", address)
    written = [who.group(2)] if who else []
    sent = [(unquote(who.group(1)), unquote(who.group(2)))] if who else []
    if environment.get(_MLFLOW[0]):
        sent.append((environment.get("MLFLOW_TRACKING_USERNAME", ""), environment[_MLFLOW[0]]))
    written += _IN_QUERY.findall(address)
    written += [environment.get(name, "") for name in _MLFLOW]
    basic = {b64encode(f"{user}:{password}".encode()).decode() for user, password in sent}
    return basic | {each for text in written if text for each in (text, unquote(text))}


def strike(text: str, secrets: Collection[str]) -> str:
    """Return a text with every secret struck out, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, STRUCK)
    return text


def holds_password(address: str) -> bool:
    """Return whether an address carries a password or a user.

    Examples
    --------
    >>> [holds_password(each) for each in ("http://mlflow:5000", "http://ann@mlflow", "http://a:b@mlflow")]
    [False, True, True]
    """
    return bool(re.search(r"//[^/]*@", address) or _BY_VALUE.search(address))


def harmless(environment: Mapping[str, str], named: Collection[str] = ()) -> dict[str, str]:
    """Return an environment without secrets, for a process that has no business with them.

    Parameters
    ----------
    environment
        Of this process.
    named
        Variables that hold a secret whatever they are called.

    Examples
    --------
    >>> harmless({"HOME": "/h", "PGPASSWORD": "x", "MART": "postgresql://a:b@db/x", "WHERE": "y"}, ["WHERE"])
    {'HOME': '/h'}
    """
    return {
        name: value
        for name, value in environment.items()
        if name not in named and not _BY_NAME.search(name) and not _BY_VALUE.search(value)
    }


def named_variables(record: Any) -> Iterator[str]:
    """Yield the environment variables that a record names under keys such as ``uri_env``.

    Examples
    --------
    >>> list(named_variables({"tracking": {"uri_env": "WHERE"}, "targets": [{"url_env": "MART", "url": None}]}))
    ['WHERE', 'MART']
    """
    if isinstance(record, Mapping):
        for key, value in record.items():
            if str(key).endswith("_env") and isinstance(value, str):
                yield value
            else:
                yield from named_variables(value)
    elif isinstance(record, list):
        for each in record:
            yield from named_variables(each)


class Struck:
    """A stream that strikes secrets out of what is written to it.

    Parameters
    ----------
    stream
        Where to write.
    secrets
        What to strike.
    """

    def __init__(self, stream: TextIO, secrets: Collection[str]) -> None:
        self._stream = stream
        self._secrets = secrets

    def write(self, text: str) -> int:
        """Write a text without the secrets."""
        self._stream.write(strike(text, self._secrets))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def discreet(reference: str) -> str:
    """Let this process, which talks to MLflow, never say a secret; return the address without its password.

    Parameters
    ----------
    reference
        See ``resolve``. A server's user and password go to MLflow by the environment.
    """
    whole = resolve(reference)
    address, credentials = without_password(whole)
    os.environ.update(credentials)
    secrets = secrets_in(whole, os.environ)
    sys.stdout, sys.stderr = (cast("TextIO", Struck(each, secrets)) for each in (sys.stdout, sys.stderr))
    return address


def _read(path: Path) -> str:
    try:
        found = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(
            "a file that the experiment names cannot be read",
            given=f"{path}: {type(problem).__name__}",
            allowed="a text file that holds the address",
            do="put it there, readable for this account alone",
        ) from None
    if not found:
        raise UsageError(
            "a file that the experiment names is empty", given=path, allowed="an address", do="write it there"
        )
    return found
