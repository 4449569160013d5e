"""What an experiment declares of where it is published, beside the folder of its home."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from arseg.runs.sections import Section, Text, Variable

SqlName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]

# What each kind must be given: exactly one of these.
_NEEDS = {"folder": (), "duckdb": ("path",), "postgres": ("url_env", "url_file", "url")}


class Target(Section):
    """One place that a publication is carried to.

    Parameters
    ----------
    kind
        ``folder`` is the home's own, always written and always the truth; the others follow it.
    path
        The DuckDB file, relative to the home; only of ``duckdb``.
    url_env
        Environment variable that holds the address of the PostgreSQL server.
    url_file
        File that holds it, relative to the home.
    url
        The address itself, where it holds no password; PGPASSWORD or the password file then has it.
    tables_in
        SQL schema of the tables; ``main`` in a DuckDB file and ``arseg`` on a server where left out.
    """

    kind: Literal["folder", "duckdb", "postgres"]
    path: Text | None = None
    url_env: Variable | None = None
    url_file: Text | None = None
    url: Text | None = None
    tables_in: SqlName | None = None

    @field_validator("url")
    @classmethod
    def _no_secret(cls, url: str | None) -> str | None:
        if url is not None and holds_password(url):
            problem = "an address without a password; name where it stands with url_env or url_file"
            raise ValueError(problem)
        return url

    @field_validator("tables_in")
    @classmethod
    def _not_reserved(cls, name: str | None) -> str | None:
        if name is not None and name.startswith("pg_"):
            problem = "another name than pg_..., which PostgreSQL keeps to itself"
            raise ValueError(problem)
        return name

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        needed = _NEEDS[self.kind]
        given = [name for name in ("path", "url_env", "url_file", "url") if getattr(self, name) is not None]
        if len(given) != bool(needed) or not set(given) <= set(needed):
            names = f"exactly one of {', '.join(needed)}" if needed else "no address"
            problem = f"{self.kind} with {names}"
            raise ValueError(problem)
        if self.path is not None and Path(self.path).stem.lower() == self.place:
            problem = (
                f"a DuckDB file that is not called {self.place}, as its schema is: names would be ambiguous"
            )
            raise ValueError(problem)
        return self

    @property
    def place(self) -> str:
        """SQL schema of the tables."""
        return self.tables_in or ("main" if self.kind == "duckdb" else "arseg")

    @property
    def described(self) -> str:
        """How it is spoken of; never the address, which may hold a password."""
        if self.kind == "folder":
            return "folder"
        if self.kind == "duckdb":
            return f"duckdb {self.path}"
        source = f"${self.url_env}" if self.url_env else self.url_file or "by its url"
        return f"postgres {source}, {self.place}"


class PublicationTargets(Section):
    """Where a publication goes.

    Parameters
    ----------
    targets
        The home's folder, which is always published to, and databases that follow it.
    """

    targets: list[Target] = Field(default_factory=lambda: [Target(kind="folder")])

    @field_validator("targets")
    @classmethod
    def _each_once(cls, targets: list[Target]) -> list[Target]:
        if any(target in targets[:place] for place, target in enumerate(targets)):
            problem = "each target once"
            raise ValueError(problem)
        return targets

    @property
    def databases(self) -> list[Target]:
        """The targets that follow the folder."""
        return [target for target in self.targets if target.kind != "folder"]


def holds_password(url: str) -> bool:
    """Return whether an address carries a password.

    Examples
    --------
    >>> [holds_password(url) for url in ("postgresql://ann@db/mart", "postgresql://ann:pw@db/mart",
    ...                                  "host=db password=pw", "postgresql://db/mart?password=pw")]
    [False, True, True, True]
    """
    return bool(re.search(r"//[^@]*:[^@]*@|\b(ssl)?passw(or)?d\s*=", url, flags=re.IGNORECASE))
