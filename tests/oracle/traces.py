"""Where a secret is to be found in what a run left: in every byte, unpacked, and in every spelling."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb
import pyarrow.parquet as pq

_SQLITE = b"SQLite format 3\0"


def spellings(secret: str) -> set[bytes]:
    """Return the byte strings by which a text may stand: plain, quoted, escaped, base64 at any offset, UTF-16, hex."""
    plain = secret.encode()
    found = {plain, plain[::-1], plain.hex().encode(), plain.hex().upper().encode()}
    found |= {quote(secret, safe="").encode(), quote_plus(secret).encode(), quote(secret).encode()}
    found |= {json.dumps(secret)[1:-1].encode(), repr(secret)[1:-1].encode(), repr(plain)[2:-1].encode()}
    found |= {secret.encode("utf-16-le"), secret.encode("utf-16-be")}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            coded = encode(b"\0" * before + plain)
            # The letters at both ends mix with what stands beside it.
            found.add(coded[4 if before else 0 : 4 * ((before + len(plain)) // 3)])
    return found


def traces(secrets: Iterable[str], places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return where any of the secrets stands: the place and the secret."""
    wanted = [(secret, spelling) for secret in secrets for spelling in spellings(secret)]
    return sorted(
        {f"{name}: {secret}" for name, held in places for secret, spelling in wanted if spelling in held}
    )


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of every file, and of all that is packed in it."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        yield f"name of {name}", name.encode()
        if path.is_file():
            yield from _unpacked(name, path.read_bytes())
            if path.suffix == ".duckdb":
                yield f"{name} as rows", _rows(path)


def _unpacked(name: str, held: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, held
    if zipfile.is_zipfile(io.BytesIO(held)):
        with zipfile.ZipFile(io.BytesIO(held)) as packed:
            for each in packed.namelist():
                yield from _unpacked(f"{name}/{each}", packed.read(each))
    elif held.startswith(b"\x1f\x8b"):
        yield from _unpacked(f"{name} unpacked", gzip.decompress(held))
    elif held.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(held))
        yield f"{name} as rows", repr((table.schema, table.to_pylist())).encode()
    elif held.startswith(_SQLITE):
        store = sqlite3.connect(":memory:")
        # A deserialized store in write-ahead mode cannot be opened; the two bytes say so.
        store.deserialize(held[:18] + b"\1\1" + held[20:])
        yield f"{name} as statements", "\n".join(store.iterdump()).encode()
        store.close()


def _rows(path: Path) -> bytes:
    with duckdb.connect(str(path), read_only=True) as base:
        tables = base.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        return "\n".join(
            repr(base.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()) for schema, table in tables
        ).encode()
