from __future__ import annotations

import gzip
import json
import random
from contextlib import closing
from pathlib import Path

import pytest

from arseg.ledger import load, read_ledger
from arseg.ledger.declared.layout import Layout, read_layout, shipped_layouts
from arseg.ledger.declared.source import Source
from arseg.ledger.sources.matching import _by_name
from arseg.ledger.suggesting.suggestion import Suggestion, suggest_layout
from arseg.ledger.suggesting.trade_words import origins
from arseg.schema import LEDGER, DataError, UsageError

FIXTURES = Path(__file__).parents[1] / "fixtures"


def _files() -> list[tuple[str, Path, Source]]:
    """Return the text files among the fixtures of shipped layouts, each with its source."""
    found = []
    for name in shipped_layouts():
        layout: Layout = read_layout(name)
        for path in sorted(FIXTURES.rglob("*.csv")):
            ours = name in path.relative_to(FIXTURES).parts or path.stem == name
            source = _by_name(path.name, layout) or (layout.sources[0] if len(layout.sources) == 1 else None)
            if ours and source is not None:
                found.append((name, path, source))
    return found


FILES = _files()


def suggest(path: Path, source: Source, **learnt: object) -> Suggestion:
    return suggest_layout(
        path,
        encoding=source.encoding,
        delimiter=source.delimiter,
        skip_lines=source.skip_lines,
        **learnt,  # type: ignore[arg-type]
    )


def mandatory(source: Source, header: tuple[str, ...]) -> dict[tuple[str, str], set[str]]:
    """Return the required columns that a source takes from the header, with the columns that it takes them from."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for feed in source.feeds:
        for column in LEDGER[feed.table].required:
            mapped = feed.columns.get(column)
            names = origins(mapped) if mapped else (column,) * feed.same_names
            present = {name for name in names if name in header}
            if present:
                wanted.setdefault((feed.table, column), set()).update(present)
    return wanted


def shares(*, alone: bool) -> tuple[int, int, int]:
    """Return mandatory columns found, mapped wrongly, and in all; ``alone`` without the file's own layout."""
    found = wrong = total = 0
    for name, path, source in FILES:
        others = [other for other in shipped_layouts() if other != name] if alone else None
        suggestion = suggest(path, source, learn_from=others)
        wanted = mandatory(source, suggestion.header)
        got = {(match.table, match.column): match.header for match in suggestion.mapped}
        found += sum(got.get(key) in names for key, names in wanted.items())
        wrong += sum(key in got and got[key] not in names for key, names in wanted.items())
        total += len(wanted)
    return found, wrong, total


def test_mandatory_columns_of_shipped_layouts_are_found() -> None:
    found, wrong, total = shares(alone=False)
    assert total >= 140
    assert found / total >= 0.9, (found, wrong, total)
    assert wrong / total <= 0.05, (found, wrong, total)


def test_without_its_own_layout_half_of_a_file_is_still_found_and_little_is_wrong() -> None:
    found, wrong, total = shares(alone=True)
    assert found / total >= 0.5, (found, wrong, total)
    assert wrong / total <= 0.12, (found, wrong, total)


@pytest.mark.parametrize(
    ("name", "path", "source"), FILES, ids=[f"{name}-{path.stem}" for name, path, _ in FILES]
)
def test_the_layout_of_a_file_is_the_nearest_to_it(name: str, path: Path, source: Source) -> None:
    fit = suggest(path, source).fit
    assert fit is not None
    assert fit.found == fit.needed
    # Layouts may share a header; then either serves.
    assert fit.layout == name or fit.needed >= len(source.reads)


def test_permuting_the_columns_changes_nothing(tmp_path: Path) -> None:
    lines = [line.split(",") for line in (FIXTURES / "ibm_ar.csv").read_text().splitlines()]
    (tmp_path / "a.csv").write_text("\n".join(map(",".join, lines)) + "\n")
    expected = suggest_layout(tmp_path / "a.csv")
    for seed in range(5):
        order = random.Random(seed).sample(range(len(lines[0])), len(lines[0]))
        rows = [",".join(line[place] for place in order) for line in lines]
        (tmp_path / "a.csv").write_text("\n".join(rows) + "\n")
        found = suggest_layout(tmp_path / "a.csv")
        assert found.to_yaml() == expected.to_yaml()
        assert (found.mapped, found.left_over, found.missing) == (
            expected.mapped,
            expected.left_over,
            expected.missing,
        )


def test_a_header_unlike_anything_maps_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("zq1,xw2,Lorem ipsum,§\n1,2,3,4\n", encoding="utf-8")
    found = suggest_layout(path)
    assert found.mapped == ()
    assert found.fit is None
    assert found.left_over == ("Lorem ipsum", "xw2", "zq1", "§")
    assert set(found.missing) == {f"invoices.{name}" for name in LEDGER["invoices"].required}
    assert "Nearest shipped layout: none shares a column." in str(found)


def test_values_are_without_effect(tmp_path: Path) -> None:
    header = "invoice_no,customer,due_date,amount"
    (tmp_path / "a.csv").write_text(f"{header}\n1,2,2024-01-01,3\n")
    one = suggest_layout(tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text(f"{header}\n2024-01-01,x,??,EUR\n")
    other = suggest_layout(tmp_path / "a.csv")
    pairs = [[(m.table, m.column, m.header, m.score) for m in found.mapped] for found in (one, other)]
    assert pairs[0] == pairs[1]


def test_only_the_first_rows_are_shown(tmp_path: Path) -> None:
    rows = "".join(f"I{number},2024-01-01,1\n" for number in range(200))
    (tmp_path / "a.csv").write_text(f"invoice_id,due_date,amount\n{rows}")
    (invoice_id,) = [m for m in suggest_layout(tmp_path / "a.csv").mapped if m.column == "invoice_id"]
    assert invoice_id.examples == ("I0", "I1", "I2")


def test_a_completed_proposal_loads_the_same_invoices_as_the_shipped_layout(tmp_path: Path) -> None:
    source = FIXTURES / "ibm_ar.csv"
    text = suggest_layout(source).to_yaml()
    for gap, value in {
        'reporting: "?"': "reporting: {currency: USD}",
        'currency: "?"': "currency: {constant: USD}",
        'kind: "?"': "kind: {constant: payment}",
    }.items():
        text = text.replace(gap, value)
    # A customer's delivery needs a map; the rest of the proposal stands by itself.
    text = text.replace("invoice_delivery: {", "invoice_delivery: {map: {Paper: paper, Electronic: email}, ")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    totals = []
    for layout in (tmp_path / "own.yaml", "ibm_ar"):
        report = load([source], layout, into=Path(layout).stem, home=tmp_path)
        with closing(read_ledger(report.ledger_path).connect()) as connection:
            query = "SELECT count(*), sum(amount), max(due_date), (SELECT sum(amount) FROM postings) FROM invoices"
            totals.append(connection.execute(query).fetchall())
    assert totals[0] == totals[1]


def test_packed_and_typed_files_give_the_same_names_as_plain_text(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    lines = (FIXTURES / "ibm_ar.csv").read_text()
    (tmp_path / "a.csv").write_text(lines)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(lines.encode()))
    book = openpyxl.Workbook()
    for line in lines.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "a.xlsx")
    found = [suggest_layout(tmp_path / name) for name in ("a.csv", "a.csv.gz", "a.xlsx")]
    assert len({tuple((m.table, m.column, m.header) for m in one.mapped) for one in found}) == 1
    assert all('files: ["a.csv"]' in one.to_yaml() for one in found[:2])


def test_json_says_the_same_as_the_object() -> None:
    found = suggest_layout(FIXTURES / "ibm_ar.csv")
    facts = json.loads(found.to_json())
    assert facts["layout"] == found.to_yaml()
    assert facts["missing"] == list(found.missing)
    assert facts["fit"]["layout"] == "ibm_ar"
    assert [m["header"] for m in facts["mapped"]] == [m.header for m in found.mapped]


def test_the_text_lists_what_is_mapped_left_over_and_missing() -> None:
    text = str(suggest_layout(FIXTURES / "ibm_ar.csv"))
    assert "#   1.00  invoices.due_date <- DueDate" in text
    assert "# Not mapped: DaysLate, DaysToSettle, Disputed, PaperlessDate." in text
    assert "# Missing: invoices.currency" in text
    assert (
        "# Nearest shipped layout: ibm_ar (WA_Fn-UseC_-Accounts-Receivable*.csv), 8 of the 8 columns" in text
    )


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the file does not exist\. Given: .*nothing\.csv"):
        suggest_layout(tmp_path / "nothing.csv")
    (tmp_path / "a.csv").write_bytes("Währung\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"a\.csv is not utf-8 at byte 1"):
        suggest_layout(tmp_path / "a.csv", encoding="utf-8")
    with pytest.raises(UsageError, match="an encoding that Python knows"):
        suggest_layout(tmp_path / "a.csv", encoding="klingon")
    assert suggest_layout(tmp_path / "a.csv", encoding="cp1252").header == ("Währung",)
