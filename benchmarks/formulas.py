"""Do worklist files run anything? Formula strings in every text column, opened by LibreOffice as CSV and as XLSX.

Each string is written by `write_worklist`, converted by LibreOffice with formulas evaluated, and looked at cell by cell: how many cells
came out as a formula, or as something else than the text that went in. The CSV is also opened with other delimiters than its own, as a
spreadsheet in another country does. A control writes the same strings plainly; where it runs nothing, the test would see nothing.

    python benchmarks/formulas.py [--quick]
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from measuring import report

from arseg.schema import WORKLIST
from arseg.treatments import read_worklist, write_worklist

TEXTS = ("name", "why")
# What a spreadsheet may take for the mark between fields, by its code: comma, semicolon, tab, bar.
DELIMITERS = {"comma": 44, "semicolon": 59, "tab": 9, "bar": 124}

_SIGNS = ("=", "+", "-", "@", "\t=", "\r=", "\n=", "|=", "%=", "＝", "＋", "－", "＠", "﹦", "−")  # noqa: RUF001
_BODIES = (
    "1+1",
    "2*3",
    "SUM(1,2)",
    'HYPERLINK("file:///etc/hosts","open")',
    "cmd|' /C calc'!A0",
    'WEBSERVICE("file:///etc/hosts")',
    'DDE("soffice";"x";"y")',
    'INDIRECT("A1")',
    "A1",
    "-1+1",
    "(1)",
    '"a"&"b"',
)
_BEFORE = ("", " ", "\u00a0", "\u200b", "\ufeff", "'", '"', "''", "  '", "a;", "a\t", "a|", "a\n", 'a;"')


def corpus() -> list[str]:
    """Return the strings: signs before bodies, behind what may hide them or part fields; each once, in order."""
    return list(dict.fromkeys(_strings()))


def _strings() -> Iterator[str]:
    yield from (f"{sign}{body}" for sign, body in product(_SIGNS, _BODIES))
    yield from (
        f"{before}{sign}{body}" for before, sign, body in product(_BEFORE[1:], _SIGNS[:4], _BODIES[:6])
    )
    yield from (f'{text}"' for text in ('"=1+1', '"+1', '"@SUM(1)'))
    yield from (
        "#N/A",
        "#REF!",
        "TRUE",
        "1E5",
        "2024-01-01",
        "0012",
        "1,5",
        "10%",
        "_x003D_1+1",
        "{=1+1}",
        "'=1+1",
    )


def worklist_of(strings: list[str]) -> pd.DataFrame:
    """Return a worklist that holds each string in its text columns, and numbers below zero beside them."""
    made: dict[str, Any] = {}
    for column in WORKLIST.columns:
        made[column.name] = {
            "text": pd.Series(["x"] * len(strings), dtype="str"),
            "date": pd.Series([pd.Timestamp(dt.date(2026, 1, 31))] * len(strings)),
            "money": pd.Series([-1.5] * len(strings)),
            "number": pd.Series([-0.25] * len(strings)),
            "integer": pd.Series(range(1, len(strings) + 1), dtype="int64"),
            "boolean": pd.Series([True] * len(strings)),
        }[column.type]
    return pd.DataFrame(made).assign(**{name: pd.Series(strings, dtype="str") for name in TEXTS})


def opened(path: Path, *, delimiter: int | None = None) -> list[list[tuple[str, str]]]:
    """Return the rows of a file as LibreOffice opens it, each cell as its kind and what it shows."""
    with tempfile.TemporaryDirectory() as folder:
        # Field mark, quote, UTF-8, first line, no column formats, English, no quoted-is-text, special numbers, ... formulas run.
        how = [
            f"--infilter=Text - txt - csv (StarCalc):{delimiter},34,76,1,,1033,false,true,false,false,false,0,true"
        ]
        command = [
            "soffice",
            f"-env:UserInstallation=file://{folder}/user",
            "--headless",
            *(how if delimiter else []),
        ]
        subprocess.run(  # noqa: S603 (files of our own)
            [*command, "--convert-to", "fods", "--outdir", folder, str(path)],
            check=True,
            capture_output=True,
            timeout=280,
        )
        return list(_rows(Path(folder) / f"{path.stem}.fods"))


def _rows(path: Path) -> Iterator[list[tuple[str, str]]]:
    from xml.etree import ElementTree as ET

    names = {
        "t": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "o": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    }
    table = ET.parse(path).getroot().find(".//t:table", names)  # noqa: S314 (LibreOffice wrote it)
    assert table is not None
    for row in table.iter(f"{{{names['t']}}}table-row"):
        cells: list[tuple[str, str]] = []
        for cell in row.iter(f"{{{names['t']}}}table-cell"):
            formula = cell.get(f"{{{names['t']}}}formula")
            kind = "formula" if formula else cell.get(f"{{{names['o']}}}value-type", "")
            cells += [(kind, formula or _shown(cell))] * min(
                int(cell.get(f"{{{names['t']}}}number-columns-repeated", "1")), 40
            )
        yield cells


def _shown(cell: Any) -> str:
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    return "\n".join(_spelt(line, text) for line in cell if line.tag == f"{{{text}}}p")


def _spelt(element: Any, space: str) -> str:
    said = {
        f"{{{space}}}s": " " * int(element.get(f"{{{space}}}c", "1")),
        f"{{{space}}}tab": "\t",
        f"{{{space}}}line-break": "\n",
    }
    inner = said.get(
        element.tag, (element.text or "") + "".join(_spelt(one, space) + (one.tail or "") for one in element)
    )
    return str(inner)


def judged(strings: list[str], folder: Path) -> Iterator[dict[str, Any]]:
    """Give one row per way of opening: cells, those that ran, numbers that are none, texts that are others."""
    frame = worklist_of(strings)
    csv_path, xlsx_path = write_worklist(frame, folder / "worklist", formats=("csv", "xlsx"))
    back = read_worklist(csv_path)
    yield {
        "case": "csv",
        "system": "read_worklist",
        "strings": len(strings),
        "formulas": 0,
        "texts_changed": _changed(back, frame),
    }
    plain = folder / "plain.csv"
    with plain.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name"], *([text] for text in strings)])
    for name, code in DELIMITERS.items():
        yield _row(f"csv, opened with {name}", opened(csv_path, delimiter=code), strings)
    yield _row(
        "xlsx", opened(xlsx_path), strings, places=[list(WORKLIST.names).index(name) for name in TEXTS]
    )
    yield _row("control: written plainly", opened(plain, delimiter=44), strings) | {"system": "csv.writer"}


def _changed(back: pd.DataFrame, frame: pd.DataFrame) -> int:
    return int(sum((back[name] != frame[name]).sum() for name in TEXTS))


def _row(
    case: str, rows: list[list[tuple[str, str]]], strings: list[str], places: list[int] | None = None
) -> dict[str, Any]:
    cells = [cell for row in rows for cell in row]
    found: dict[str, Any] = {"case": case, "system": "arseg", "strings": len(strings)}
    # LibreOffice holds a workbook's true and false as these.
    ran = [shown for kind, shown in cells if kind == "formula" and shown not in {"of:=TRUE()", "of:=FALSE()"}]
    found |= {"formulas": len(ran), "first": next(iter(ran), "")}
    found["numbers"] = sum(kind in {"float", "currency", "percentage"} for kind, _ in cells)
    if places:
        # A file of text lines knows one line break only.
        said = [[row[place] for place in places] for row in rows[1 : len(strings) + 1]]
        wanted = [text.replace("\r\n", "\n").replace("\r", "\n") for text in strings]
        found["texts_changed"] = sum(
            kind != "string" or shown.replace("\r\n", "\n").replace("\r", "\n") != text
            for cells_of, text in zip(said, wanted, strict=True)
            for kind, shown in cells_of
        )
    return found


def version() -> str:
    """Return what LibreOffice calls itself; empty where there is none."""
    if not shutil.which("soffice"):
        return ""
    command = ["soffice", "--version"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()[:60]  # noqa: S603


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every fifth string")
    given = parser.parse_args()
    if not version():
        sys.exit("formulas: there is no LibreOffice (soffice) on this machine")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as made:
        rows = list(judged(corpus()[:: 5 if given.quick else 1], Path(made)))
    print(f"{time.perf_counter() - begun:.0f} s")
    report("formulas", [{**row, "with": version()} for row in rows])
