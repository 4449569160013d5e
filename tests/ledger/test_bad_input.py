"""The classes of bad input A1 to A32, as far as the ledger room answers them, in CSV, Parquet and DuckDB alike.

Damage to text files (A1, A2, A4, A10, A11) is swept in ``test_pollution``; here every class has its declared answer.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import arseg.ledger
from arseg.ledger import load, read_ledger
from arseg.schema import LEDGER, ArsegError, DataError, UsageError

Row = Mapping[str, Any]

TYPES = {"date": pa.date32(), "money": pa.decimal128(18, 2), "number": pa.float64(), "text": pa.string()}
FORMATS = ("csv", "parquet", "duckdb")
SHIPPED = Path(arseg.ledger.__file__).parent / "layouts" / "arseg.yaml"

every_format = pytest.mark.parametrize("form", FORMATS)


def invoice(number: int = 1, **said: Any) -> dict[str, Any]:
    """Return an invoice."""
    row = {
        "invoice_id": f"I{number}", "customer_id": "C1", "document_date": "2024-03-01", "due_date": "2024-03-31",
        "amount": "100.00", "currency": "EUR", "known_on": "2024-03-02",
    }  # fmt: skip
    return row | said


def posting(number: int = 1, **said: Any) -> dict[str, Any]:
    """Return a payment of the first invoice."""
    row = {
        "posting_id": f"P{number}", "invoice_id": "I1", "kind": "payment", "amount": "40.00", "currency": "EUR",
        "value_date": "2024-04-02", "known_on": "2024-04-02",
    }  # fmt: skip
    return row | said


def typed(table: str, rows: Sequence[Row]) -> pa.Table:
    """Return rows in the types of their table."""
    names = dict.fromkeys(name for row in rows for name in row)
    arrays = {}
    for name in names:
        texts = pa.array([row.get(name) or None for row in rows], pa.string())
        arrays[name] = texts.cast(TYPES[LEDGER[table].column(name).type])
    return pa.table(arrays)


def write(folder: Path, form: str, tables: Mapping[str, Sequence[Row] | pa.Table]) -> list[Path]:
    """Write tables in a format and return the sources; text goes as it is, an Arrow table in its types."""
    folder.mkdir(parents=True, exist_ok=True)
    if form == "duckdb":
        with duckdb.connect(folder / "book.duckdb") as connection:
            for name, rows in tables.items():
                arrow = rows if isinstance(rows, pa.Table) else typed(name, rows)
                connection.register("arrow", arrow)
                connection.execute(f"CREATE TABLE {name} AS FROM arrow")
                connection.unregister("arrow")
        return [folder / "book.duckdb"]
    for name, rows in tables.items():
        if form == "parquet":
            pq.write_table(
                rows if isinstance(rows, pa.Table) else typed(name, rows), folder / f"{name}.parquet"
            )
        else:
            listed = rows.to_pylist() if isinstance(rows, pa.Table) else rows
            (folder / f"{name}.csv").write_bytes(text_of(listed).encode())
    return [folder]


def text_of(rows: Sequence[Row], *, mark: str = ",") -> str:
    """Return rows as delimited text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", delimiter=mark)
    writer.writerows([names, *([row.get(name, "") for name in names] for row in rows)])
    return out.getvalue()


class Loaded:
    """What a load stored: its rows by table, the quarantine's reasons, and its report."""

    def __init__(self, sources: Sequence[Path], home: Path, layout: str | Path = "arseg") -> None:
        self.report = load(sources, layout, into="book", home=home)
        with closing(read_ledger(self.report.ledger_path).connect()) as connection:
            self.rows = {name: Counter(connection.execute(f"FROM {name}").fetchall()) for name in LEDGER}
            found = connection.execute("SELECT reason, source, line FROM quarantine ORDER BY ALL").fetchall()
        self.reasons = Counter(reason for reason, _, _ in found)
        for count in self.report.sources:
            assert count.rows_read == count.rows_loaded + count.rows_quarantined

    def column(self, table: str, name: str) -> list[Any]:
        """Return the values of a column, sorted."""
        place = LEDGER[table].names.index(name)
        return sorted((row[place] for row in self.rows[table].elements()), key=str)


@pytest.fixture
def lenient(tmp_path: Path) -> Path:
    """Return our own layout with limits that let everything pass."""
    path = tmp_path / "lenient.yaml"
    path.write_text(
        SHIPPED.read_text(encoding="utf-8") + "limits: {rows: 1.0, amount: 1.0}\n", encoding="utf-8"
    )
    return path


def stored(tmp_path: Path, form: str, layout: str | Path = "arseg", **tables: Any) -> Loaded:
    """Write tables in a format, load them into a home of their own, and return what was stored."""
    place = tmp_path / f"{form}-{len(list(tmp_path.iterdir()))}"
    return Loaded(write(place / "source", form, tables), place, layout)


def declared(tmp_path: Path, *, rows: str = "1.0", **words: str) -> Path:
    """Write a layout of one flat file of invoices whose source declares these words."""
    said = "".join(f"    {name}: {value}\n" for name, value in words.items())
    path = tmp_path / "flat.yaml"
    path.write_text(
        "name: flat\ntitle: One file\nreporting: {currency: EUR}\n"
        f"limits: {{rows: {rows}, amount: 1.0}}\n"
        f'sources:\n  - files: ["flat*.csv"]\n{said}'
        "    feeds:\n      - {table: invoices, same_names: true}\n"
        "      - {table: customers, keep_one: true, columns: {customer_id: {column: customer_id}, "
        "name: {column: name}, known_on: {column: known_on}}}\n",
        encoding="utf-8",
    )
    return path


# A1, A2, columns


@every_format
def test_the_order_of_columns_is_without_effect_and_extra_ones_are_listed(tmp_path: Path, form: str) -> None:
    row = invoice(entity="E1")
    names = list(row)
    plain = stored(tmp_path, form, invoices=[row]).rows
    for shift in (1, 3, len(names) - 1):
        turned = {name: row[name] for name in [*names[shift:], *names[:shift]]}
        assert stored(tmp_path, form, invoices=[turned]).rows == plain
    extra = typed("invoices", [row]).append_column("colour", pa.array(["red"]))
    found = stored(tmp_path, form, invoices=extra)
    assert found.rows == plain
    assert "colour" in " ".join(found.report.notes)


@every_format
@pytest.mark.parametrize("column", list(invoice()))
def test_a_required_column_that_is_not_there_is_named(tmp_path: Path, form: str, column: str) -> None:
    full = typed("invoices", [invoice()])
    with pytest.raises(DataError, match=column):
        stored(tmp_path, form, invoices=full.drop_columns([column]))
    renamed = full.rename_columns([f"{n}x" if n == column else n for n in full.column_names])
    with pytest.raises(DataError, match=f"{column}.*nearest.*{column}x"):
        stored(tmp_path, form, invoices=renamed)


@every_format
def test_an_optional_column_that_is_not_there_is_said(tmp_path: Path, form: str) -> None:
    found = stored(tmp_path, form, invoices=[invoice()])
    assert "entity" in " ".join(found.report.notes)


def test_a_header_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "invoices.csv").write_text("amount," + text_of([invoice()]), encoding="utf-8")
    with pytest.raises(DataError, match="twice"):
        Loaded([tmp_path], tmp_path)


# A3, encodings

NAMES = {
    "utf-8": "Łódź 東京 Ωmega 🍕 بيت", "utf-16": "Łódź 東京", "cp1252": "Müller € Señor Éclair", "latin-1": "Müller Ærø",
    "iso8859-15": "Müller €uro œuvre", "cp1250": "Łódź Žižkov Őr", "iso8859-2": "Łódź Žižkov Őr", "cp1251": "Москва Київ",
    "koi8-r": "Москва", "iso8859-7": "Αθήνα", "cp437": "Müller ñandú", "cp850": "Müller Øre", "mac_roman": "Müller Ünal Éclair",
    "shift_jis": "東京商事 カナ", "euc_jp": "東京商事", "gb18030": "北京 上海", "big5": "臺北", "euc_kr": "서울",
}  # fmt: skip


@pytest.mark.parametrize("encoding", NAMES)
def test_a_name_in_its_declared_encoding_comes_back(tmp_path: Path, encoding: str) -> None:
    name = NAMES[encoding]
    text = text_of([invoice(customer_id=f"{name}-1", name=name)])
    (tmp_path / "flat.csv").write_bytes(text.encode(encoding))
    found = Loaded([tmp_path / "flat.csv"], tmp_path, declared(tmp_path, encoding=encoding))
    assert found.column("customers", "name") == [name]
    assert found.column("invoices", "customer_id") == [f"{name}-1"]


@pytest.mark.parametrize("encoding", [name for name in NAMES if name != "utf-8"])
def test_another_encoding_than_the_declared_is_refused_with_the_byte(tmp_path: Path, encoding: str) -> None:
    text = text_of([invoice(customer_id="C1", name=NAMES[encoding])])
    (tmp_path / "flat.csv").write_bytes(text.encode(encoding))
    with pytest.raises(DataError, match="is not utf-8 at byte"):
        Loaded([tmp_path / "flat.csv"], tmp_path, declared(tmp_path))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8"])
def test_mojibake_is_refused(tmp_path: Path, encoding: str) -> None:
    name = "Müller".encode().decode("latin-1")
    (tmp_path / "flat.csv").write_bytes(text_of([invoice(name=name)]).encode(encoding))
    with pytest.raises(DataError, match=r"byte \d+"):
        Loaded([tmp_path / "flat.csv"], tmp_path, declared(tmp_path, encoding=encoding))


# A4, A8, A9, A26, A27, text is text

HOSTILE = (
    "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "inf", "-inf", "TRUE", "false", "yes", "NO", "undefined", "nil",
    "000123", "00123", "123", "1E5", "1e5", "100000", "9007199254740993", "9007199254740992", "9223372036854775808",
    "0x1F", "1_000", "1,000", "1.0", "1.00", "-0", "+1", "1/2", "2024-03-04", "03/04/2024", "12:30:45", "$1.00",
    "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", '=HYPERLINK("http://x")', "#REF!", "#N/A", "'; DROP TABLE invoices; --",
    "' OR 1=1 --", '" OR ""="', "<script>alert(1)</script>", "<b onmouseover=x>", "&lt;b&gt;", "javascript:x",
    "{{7*7}}", "${7*7}", "%s%n%d", "%00", "../../etc/passwd", "C:\\con", "a,b", "a;b", "a|b", 'say "so"', "O'Neil", "`x`",
    "\\", "\\N", "\\n", '\\"', "''", '"', ",", "Müller", "Mu\u0308ller", "ﬀ", "\uff2düller", "ÅÅ", "A\u030a", "ß", "ẞ", "İi", "\u0131I",
    "Ω", "\u2126", "Ꮳ", "田中さん", "和製漢語", "부락토", "ثم نفس", "שָׁלוֹם", "a\u202etest\u202cx", "a\u200db", "👩\u200d🔬", "🏳️\u200d🌈", "🇩🇪",
    "\U0001d4e3\U0001d4f1\U0001d4ee", "Z͑ͫaͣlg̾ő", "x" * 10_000, "a\u2028b", "a\u00a0b", "a\ufeffb", "0" * 200, "\uff19\uff19", "٣٤", "½", "1²",
)  # fmt: skip


@every_format
def test_hostile_texts_come_back_as_they_are(tmp_path: Path, form: str) -> None:
    invoices = [invoice(invoice_id=text, customer_id=text) for text in HOSTILE]
    postings = [posting(posting_id=text, invoice_id=text, method=text) for text in HOSTILE]
    customers = [{"customer_id": text, "name": text, "known_on": "2024-01-01"} for text in HOSTILE]
    found = stored(tmp_path, form, invoices=invoices, postings=postings, customers=customers)
    wanted = sorted(HOSTILE)
    assert not found.reasons
    for table, column in [
        ("invoices", "invoice_id"), ("invoices", "customer_id"), ("postings", "posting_id"), ("postings", "invoice_id"),
        ("postings", "method"), ("customers", "customer_id"), ("customers", "name"),
    ]:  # fmt: skip
        assert found.column(table, column) == wanted


@every_format
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(
        st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Cn", "Co", "Z")), min_size=1, max_size=20),
        min_size=50, max_size=200, unique=True,
    )
)  # fmt: skip
def test_any_id_comes_back_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, form: str, texts: list[str]
) -> None:
    rows = [invoice(invoice_id=text) for text in texts]
    assert stored(tmp_path_factory.mktemp("ids"), form, invoices=rows).column(
        "invoices", "invoice_id"
    ) == sorted(texts)


CONTROLS = (*range(9), 9, 11, 12, *range(14, 32), *range(127, 160))


@every_format
def test_a_control_character_sets_its_row_aside(tmp_path: Path, lenient: Path, form: str) -> None:
    rows = [invoice(2 + code, customer_id=f"C{chr(code)}2") for code in CONTROLS]
    rows += [invoice(1000 + code, entity=f"{chr(code)}E") for code in CONTROLS]
    found = stored(tmp_path, form, lenient, invoices=[invoice(1), *rows, invoice(2000)])
    assert found.reasons == {"control_character": len(rows)}
    assert found.column("invoices", "invoice_id") == ["I1", "I2000"]


@every_format
def test_a_padded_id_is_no_other_id(tmp_path: Path, lenient: Path, form: str) -> None:
    blanks = (" ", "  ", "\u00a0", "\u2003", "\u3000", "\ufeff", "\u200b", "\u2060", "\u200e", "\u2028")
    rows = []
    for number, blank in enumerate(blanks):
        rows += [
            invoice(10 + number, customer_id=blank + "C1"),
            invoice(30 + number, customer_id="C1" + blank),
        ]
        rows += [invoice(50 + number, currency="EUR" + blank), invoice(70 + number, currency=blank + "EUR")]
    found = stored(tmp_path, form, lenient, invoices=[invoice(1), *rows])
    assert found.column("invoices", "invoice_id") == ["I1"]
    assert found.reasons == {"padded_text": len(rows)}


# A5, amounts

LOCALES: dict[str, tuple[dict[str, str], Callable[[Decimal], str]]] = {
    "plain": ({}, "{:.2f}".format),
    "US": ({"thousands_mark": '","'}, "{:,.2f}".format),
    "German": (
        {"decimal_mark": '","', "thousands_mark": '"."'},
        lambda d: f"{d:,.2f}".translate(str.maketrans(",.", ".,")),
    ),
    "Swiss": ({"thousands_mark": '"\'"'}, lambda d: f"{d:,.2f}".replace(",", "'")),
    "French": (
        {"decimal_mark": '","', "thousands_mark": '" "'},
        lambda d: f"{d:,.2f}".translate(str.maketrans(",.", " ,")),
    ),
}
AMOUNTS = st.lists(
    st.decimals("-9999999999999999.99", "9999999999999999.99", places=2, allow_nan=False),
    min_size=1,
    max_size=200,
)


def _flat(folder: Path, texts: Sequence[str], words: Mapping[str, str]) -> Loaded:
    rows = [invoice(number, amount=text, name="N") for number, text in enumerate(texts)]
    (folder / "flat.csv").write_text(text_of(rows, mark=";"), encoding="utf-8")
    return Loaded([folder / "flat.csv"], folder, declared(folder, delimiter='";"', **words))


@pytest.mark.parametrize("locale", LOCALES)
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(amounts=AMOUNTS)
def test_an_amount_comes_back_to_the_cent_in_every_locale(
    tmp_path_factory: pytest.TempPathFactory, locale: str, amounts: list[Decimal]
) -> None:
    words, spell = LOCALES[locale]
    found = _flat(tmp_path_factory.mktemp("amounts"), [spell(amount) for amount in amounts], words)
    place = {row[0]: row[LEDGER["invoices"].names.index("amount")] for row in found.rows["invoices"]}
    assert [place[f"I{number}"] for number in range(len(amounts))] == amounts


@pytest.mark.parametrize("reader", LOCALES)
@pytest.mark.parametrize("writer", LOCALES)
def test_an_amount_of_another_locale_is_refused_or_the_same(tmp_path: Path, reader: str, writer: str) -> None:
    amounts = [
        Decimal(text)
        for text in ("1234.50", "-1234567.89", "999.90", "0.05", "12.30", "1230.00", "1000000.10")
    ]
    texts = [LOCALES[writer][1](amount) for amount in amounts]
    try:
        found = _flat(tmp_path, texts, LOCALES[reader][0])
    except DataError as refusal:
        assert "the ledger has no invoice" in str(refusal)  # noqa: PT017 (either answer is right)
        return
    place = {row[0]: row[LEDGER["invoices"].names.index("amount")] for row in found.rows["invoices"]}
    assert all(
        place[f"I{number}"] == amount for number, amount in enumerate(amounts) if f"I{number}" in place
    )


NO_AMOUNTS = (
    "NaN", "inf", "-Infinity", "1e400", "1e5", "(99.00)", "99.00-", "$99.00", "99 €", "1.230", "1,230.00", "1'230", "0x1F",
    "--1", "+-1", "1.2.3", "12.345", "\uff19\uff19.00", "٩٩", "1_000", " 1.00", "1.00 ", "99999999999999999.99", "n/a", "-", ".",
)  # fmt: skip


def test_what_is_no_amount_is_set_aside(tmp_path: Path) -> None:
    found = _flat(tmp_path, ["1.00", *NO_AMOUNTS], {})
    assert found.column("invoices", "invoice_id") == ["I0"]
    assert found.reasons == {"bad_money": len(NO_AMOUNTS)}


# A6, A7, days

DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%d-%b-%Y")


@pytest.mark.parametrize("form", DAY_FORMATS)
def test_every_day_of_forty_years_comes_back(tmp_path: Path, form: str) -> None:
    days = [dt.date(2000, 1, 1) + dt.timedelta(days=number) for number in range(14_976)]
    assert days[-1] == dt.date(2040, 12, 31)
    rows = [
        {
            **invoice(number),
            "name": "N",
            **dict.fromkeys(("document_date", "due_date", "known_on"), f"{day:{form}}"),
        }
        for number, day in enumerate(days)
    ]
    (tmp_path / "flat.csv").write_text(text_of(rows), encoding="utf-8")
    found = Loaded([tmp_path / "flat.csv"], tmp_path, declared(tmp_path, dates=f'"{form}"'))
    assert found.column("invoices", "document_date") == days
    assert found.column("invoices", "due_date") == days


@pytest.mark.parametrize("reader", DAY_FORMATS[:4])
@pytest.mark.parametrize("writer", DAY_FORMATS)
def test_a_file_in_another_day_format_is_refused(tmp_path: Path, reader: str, writer: str) -> None:
    if reader == writer:
        return
    days = [dt.date(2024, 1, 1) + dt.timedelta(days=number) for number in range(60)]
    said = ("document_date", "due_date", "known_on")
    rows = [
        {**invoice(n), "name": "N", **dict.fromkeys(said, f"{day:{writer}}")} for n, day in enumerate(days)
    ]
    (tmp_path / "flat.csv").write_text(text_of(rows), encoding="utf-8")
    with pytest.raises(DataError, match="bad_date"):
        Loaded([tmp_path / "flat.csv"], tmp_path, declared(tmp_path, dates=f'"{reader}"', rows="0.01"))


NO_DAYS = ("2023-02-29", "2024-02-30", "2024-13-01", "0000-00-00", "45356", "24-03-31", "31.03.2024", "2024-03-31 00:00", "2024-3",
           "\uff19024-03-31", "today", "-", " ")  # fmt: skip


def test_impossible_days_are_set_aside_and_so_are_sentinels(tmp_path: Path, lenient: Path) -> None:
    rows = [invoice(number, due_date=text) for number, text in enumerate(NO_DAYS, start=2)]
    found = stored(tmp_path, "csv", lenient, invoices=[invoice(), *rows])
    assert found.reasons == {"bad_date": len(NO_DAYS)}


@every_format
def test_days_that_nobody_believes_are_set_aside(tmp_path: Path, lenient: Path, form: str) -> None:
    days = ("9999-12-31", "1900-01-01", "1970-01-01", "1989-12-31", "2999-12-31", "2036-03-01", "2060-01-01")
    rows = [invoice(number, due_date=day) for number, day in enumerate(days, start=2)]
    found = stored(tmp_path, form, lenient, invoices=[invoice(1), *rows])
    assert found.reasons == {"date_out_of_range": len(days)}


# A10, A11, rows of text


def test_a_row_of_another_width_and_a_total_are_set_aside(tmp_path: Path, lenient: Path) -> None:
    text = text_of([invoice(1), invoice(2)])
    (tmp_path / "invoices.csv").write_text(text + "Total,200.00\nTotal,,,,200.00,,\n", encoding="utf-8")
    found = Loaded([tmp_path / "invoices.csv"], tmp_path, lenient)
    assert found.reasons == {"field_count": 1, "missing_required": 1}
    assert found.column("invoices", "invoice_id") == ["I1", "I2"]


def test_a_cut_amount_is_no_amount(tmp_path: Path, lenient: Path) -> None:
    row = invoice(2)
    amount = row.pop("amount")
    text = text_of([invoice(1) | {"amount": "1.00"}, row | {"amount": amount}])
    names = text.split("\n", 1)[0].split(",")
    turned = text_of(
        [
            {n: r[n] for n in [*(m for m in names if m != "amount"), "amount"]}
            for r in (invoice(1), invoice(2))
        ]
    )
    for cut in range(1, 6):
        (tmp_path / "invoices.csv").write_text(turned[:-cut], encoding="utf-8")
        found = Loaded([tmp_path / "invoices.csv"], tmp_path / str(cut), lenient)
        assert found.reasons == {"cut_off": 1}
        assert found.column("invoices", "amount") == [Decimal("100.00")]


def test_a_letter_and_a_line_end_may_lie_across_any_piece_of_a_large_file(tmp_path: Path) -> None:
    """Readers take files in pieces of a power of two; here nearly every byte is half of a letter."""
    rows = [invoice(number, name="ü" * 400) for number in range(12_000)]
    data = text_of(rows).replace("\n", "\r\n").encode()
    assert len(data) > 2**23
    for shift in ("", "x"):
        (tmp_path / "flat.csv").write_bytes(data.replace(b"I0,", f"I0{shift},".encode(), 1))
        found = Loaded([tmp_path / "flat.csv"], tmp_path / f"home{shift}", declared(tmp_path))
        assert found.rows["invoices"].total() == 12_000
        assert found.column("customers", "name") == ["ü" * 400]


# A12 to A16, A18 to A20, what rows say together


@every_format
def test_a_row_that_stands_twice_counts_once(tmp_path: Path, form: str) -> None:
    once = stored(tmp_path, form, invoices=[invoice()], postings=[posting()])
    twice = stored(tmp_path, form, invoices=[invoice()] * 2, postings=[posting()] * 3)
    assert twice.rows == once.rows
    assert twice.reasons == {"duplicate_row": 3}


@every_format
def test_rows_that_contradict_each_other_are_all_set_aside(tmp_path: Path, lenient: Path, form: str) -> None:
    rows = [invoice(1), invoice(2), invoice(2, amount="200.00")]
    found = stored(tmp_path, form, lenient, invoices=rows)
    assert found.reasons == {"conflicting_id": 2}
    assert found.column("invoices", "invoice_id") == ["I1"]


@every_format
def test_a_version_that_became_known_later_is_kept_beside_the_first(tmp_path: Path, form: str) -> None:
    rows = [invoice(1), invoice(1, amount="90.00", known_on="2024-03-20")]
    found = stored(tmp_path, form, invoices=rows)
    assert found.column("invoices", "amount") == [Decimal("100.00"), Decimal("90.00")]
    assert found.report.currencies["EUR"]["invoiced"] == Decimal("90.00")


@every_format
def test_money_is_conserved_whatever_was_paid(tmp_path: Path, form: str) -> None:
    invoices = [invoice(1), invoice(2, amount="-30.00"), invoice(3, amount="0.00"), invoice(4, amount="0.01")]
    postings = [
        posting(1, amount="25.00"), posting(2, amount="500.00", kind="payment"), posting(3, amount="25.00", kind="reversal"),
        posting(4, amount="10.00", kind="credit_note"), posting(5, amount="5.00", kind="write_off"),
        posting(6, amount="5.00", kind="recovery"), posting(7, value_date="2024-02-01", known_on="2024-02-02"),
        posting(8, invoice_id="", customer_id="C1", amount="7.00"),
    ]  # fmt: skip
    found = stored(tmp_path, form, invoices=invoices, postings=postings)
    money = found.report.currencies["EUR"]
    assert found.reasons == {}
    assert {name: str(value) for name, value in money.items()} == {
        "invoiced": "70.01", "paid": "572.00", "credited": "10.00", "written_off": "5.00", "recovered": "5.00",
        "reversed": "25.00", "open": "-486.99",
    }  # fmt: skip


@every_format
def test_currencies_are_never_summed_and_unknown_ones_set_aside(tmp_path: Path, form: str) -> None:
    layout = tmp_path / "rates.yaml"
    said = "reporting: {currency: EUR, rates: {USD: 0.9}}\nlimits: {rows: 1.0, amount: 1.0}\n"
    layout.write_text(SHIPPED.read_text(encoding="utf-8") + said, encoding="utf-8")

    def money(factor: int) -> Loaded:
        rows = [
            invoice(1),
            invoice(2, currency="USD", amount=f"{50 * factor}.00"),
            invoice(3, currency="XXX"),
        ]
        return stored(tmp_path, form, layout, invoices=rows)

    once, thrice = money(1), money(3)
    assert once.reasons == thrice.reasons == {"unknown_currency": 1}
    assert once.report.currencies["EUR"] == thrice.report.currencies["EUR"]
    assert 3 * once.report.currencies["USD"]["invoiced"] == thrice.report.currencies["USD"]["invoiced"] == 150


@every_format
def test_payments_of_nobody_are_set_aside(tmp_path: Path, lenient: Path, form: str) -> None:
    rows = [posting(1), posting(2, invoice_id="I404"), posting(3, invoice_id="", customer_id="")]
    found = stored(tmp_path, form, lenient, invoices=[invoice()], postings=rows)
    assert found.reasons == {"orphan_posting": 2}
    assert found.column("postings", "posting_id") == ["P1"]


@every_format
def test_what_is_known_before_it_happened_is_set_aside(tmp_path: Path, lenient: Path, form: str) -> None:
    rows = [invoice(1), invoice(2, known_on="2024-02-29")]
    assert stored(tmp_path, form, lenient, invoices=rows).reasons == {"known_before_event": 1}


# A17, A25, A28, types of typed files


def honest(tmp_path: Path, form: str, table: pa.Table, wanted: Loaded) -> str:
    """Load invoices and return what came of them: equal, aside (none stored wrongly) or refused."""
    try:
        found = stored(tmp_path, form, invoices=table)
    except ArsegError:
        return "refused"
    assert found.rows["invoices"] <= wanted.rows["invoices"]
    return "equal" if found.rows["invoices"] == wanted.rows["invoices"] else "aside"


def _cast(column: str, to: pa.DataType) -> pa.Table:
    table = typed("invoices", [invoice(1), invoice(2, amount="200.00")])
    place = table.column_names.index(column)
    return table.set_column(place, column, table[column].cast(to))


SAME = [
    ("amount", pa.string()), ("amount", pa.int64()), ("amount", pa.int16()), ("amount", pa.uint32()),
    ("amount", pa.decimal128(38, 2)), ("amount", pa.decimal128(20, 6)), ("due_date", pa.string()),
    ("customer_id", pa.large_string()),
]  # fmt: skip
OTHER = [
    ("amount", pa.float64()), ("amount", pa.float32()), ("due_date", pa.timestamp("us", "UTC")),
    ("due_date", pa.timestamp("ns", "Europe/Berlin")), ("due_date", pa.int32()), ("currency", pa.binary()),
]  # fmt: skip


@pytest.mark.parametrize("form", ["parquet", "duckdb"])
@pytest.mark.parametrize(("column", "to"), SAME, ids=str)
def test_a_type_that_holds_the_same_gives_the_same(
    tmp_path: Path, form: str, column: str, to: pa.DataType
) -> None:
    wanted = stored(tmp_path, "csv", invoices=[invoice(1), invoice(2, amount="200.00")])
    assert honest(tmp_path, form, _cast(column, to), wanted) == "equal"


@pytest.mark.parametrize("form", ["parquet", "duckdb"])
@pytest.mark.parametrize(("column", "to"), OTHER, ids=str)
def test_a_type_that_would_lose_something_is_refused(
    tmp_path: Path, form: str, column: str, to: pa.DataType
) -> None:
    wanted = stored(tmp_path, "csv", invoices=[invoice(1), invoice(2, amount="200.00")])
    assert honest(tmp_path, form, _cast(column, to), wanted) == "refused"


@pytest.mark.parametrize("form", ["parquet", "duckdb"])
@pytest.mark.parametrize("value", [2**53 + 1, 2**63 - 1, -5])
def test_an_id_of_whole_numbers_keeps_every_digit_and_one_of_floats_is_refused(
    tmp_path: Path, form: str, value: int
) -> None:
    table = typed("invoices", [invoice()])
    whole = table.set_column(1, "customer_id", pa.array([value], pa.int64()))
    assert stored(tmp_path, form, invoices=whole).column("invoices", "customer_id") == [str(value)]
    broken = table.set_column(1, "customer_id", pa.array([float(value)], pa.float64()))
    with pytest.raises(DataError, match="customer_id"):
        stored(tmp_path, form, invoices=broken)


@pytest.mark.parametrize("form", ["parquet", "duckdb"])
def test_more_than_two_decimals_are_set_aside_and_never_rounded(
    tmp_path: Path, lenient: Path, form: str
) -> None:
    table = typed("invoices", [invoice(1), invoice(2)])
    amounts = pa.array([Decimal("1.2300"), Decimal("1.2345")], pa.decimal128(18, 4))
    found = stored(
        tmp_path,
        form,
        lenient,
        invoices=table.set_column(table.column_names.index("amount"), "amount", amounts),
    )
    assert found.column("invoices", "amount") == [Decimal("1.23")]
    assert found.reasons == {"bad_money": 1}


@pytest.mark.parametrize("form", ["parquet", "duckdb"])
@pytest.mark.parametrize(
    "cells",
    [pa.array([["a"]]), pa.array([{"a": 1}]), pa.array([True]), pa.array([b"x"]), pa.array([dt.time(1)])],
    ids=str,
)
def test_a_nested_or_strange_type_is_no_text(tmp_path: Path, form: str, cells: pa.Array) -> None:
    table = typed("invoices", [invoice()])
    with pytest.raises(DataError):
        stored(tmp_path, form, invoices=table.set_column(1, "customer_id", cells))


@every_format
def test_a_number_that_is_not_finite_is_set_aside(tmp_path: Path, lenient: Path, form: str) -> None:
    rows = [
        {
            "customer_id": f"C{number}",
            "effective_on": "2024-01-01",
            "credit_score": text,
            "known_on": "2024-01-01",
        }
        for number, text in enumerate(["5", "-0.0", "nan", "inf", "-inf"])
    ]
    found = stored(tmp_path, form, lenient, invoices=[invoice()], credit=rows)
    assert found.reasons == {"bad_number": 3}
    assert found.column("credit", "credit_score") == [-0.0, 5.0]


def test_an_instant_is_no_day_unless_declared(tmp_path: Path, lenient: Path) -> None:
    texts = ("2024-03-31T22:30:00Z", "2024-03-31 22:30:00+02:00", "2024-03-31T22:30:00", "2024-03-31Z")
    rows = [invoice(number, due_date=text) for number, text in enumerate(texts, start=2)]
    assert stored(tmp_path, "csv", lenient, invoices=[invoice(1), *rows]).reasons == {"bad_date": len(texts)}


# A21 to A24, sizes


@every_format
def test_a_field_too_long_to_be_data_is_set_aside(tmp_path: Path, lenient: Path, form: str) -> None:
    rows = [
        invoice(1),
        *(invoice(number, entity="x" * size) for number, size in ((2, 65_537), (3, 1_000_000))),
    ]
    found = stored(tmp_path, form, lenient, invoices=rows)
    assert found.reasons == {"oversized_field": 2}


@every_format
def test_a_source_without_a_row_is_refused(tmp_path: Path, form: str) -> None:
    empty = typed("invoices", [invoice()]).slice(0, 0)
    if form == "csv":
        (tmp_path / "invoices.csv").write_text(text_of([invoice()]).split("\n")[0] + "\n", encoding="utf-8")
        with pytest.raises(ArsegError):
            Loaded([tmp_path / "invoices.csv"], tmp_path)
        return
    with pytest.raises(ArsegError):
        stored(tmp_path, form, invoices=empty)


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "invoices.csv").write_bytes(data)
    with pytest.raises(DataError):
        Loaded([tmp_path / "invoices.csv"], tmp_path)


@every_format
def test_one_invoice_all_paid_or_none_paid_is_a_ledger(tmp_path: Path, form: str) -> None:
    alone = stored(tmp_path, form, invoices=[invoice()])
    assert alone.report.currencies["EUR"]["open"] == 100
    paid = stored(tmp_path, form, invoices=[invoice()], postings=[posting(amount="100.00")])
    assert paid.report.currencies["EUR"]["open"] == 0


# A29, tables of a database


@pytest.mark.parametrize("change", [
    "ALTER TABLE invoices DROP COLUMN due_date", "ALTER TABLE invoices RENAME COLUMN due_date TO duedate",
    "ALTER TABLE invoices ALTER amount TYPE DOUBLE", "ALTER TABLE invoices ALTER due_date TYPE TIMESTAMP WITH TIME ZONE",
    "DELETE FROM invoices", "DROP TABLE invoices", "ALTER TABLE invoices RENAME TO rechnungen",
    "UPDATE invoices SET due_date = NULL", "UPDATE invoices SET currency = ''",
])  # fmt: skip
def test_a_table_that_drifted_is_refused(tmp_path: Path, change: str) -> None:
    (path,) = write(
        tmp_path / "source", "duckdb", {"invoices": [invoice(1), invoice(2)], "postings": [posting()]}
    )
    with duckdb.connect(path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(change)
    with pytest.raises(ArsegError):
        Loaded([path], tmp_path)


# A30, declarations


@pytest.mark.parametrize(("old", "new"), [
    ("name: flat", "name: flat\nname: flat"), ("title: One file", "title: One file\ntitel: One file"), ("rows: 1.0", 'rows: "1.0"'),
    ("rows: 1.0", "rows: .nan"), ("rows: 1.0", "rows: 12:30:45"), ('["flat*.csv"]', "flat*.csv"), ('["flat*.csv"]', "[]"),
    ("keep_one: true", "keep_one: yes"), ("name: flat", "name: !!python/object/apply:os.getcwd []"),
])  # fmt: skip
def test_a_layout_that_is_not_what_it_seems_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = declared(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    (tmp_path / "flat.csv").write_text(text_of([invoice(name="N")]), encoding="utf-8")
    with pytest.raises(UsageError, match=r"flat\.yaml"):
        Loaded([tmp_path / "flat.csv"], tmp_path, path)


def test_words_that_other_yaml_readers_change_stay_text(tmp_path: Path) -> None:
    path = declared(tmp_path)
    text = path.read_text(encoding="utf-8").replace("title: One file", "title: NO")
    path.write_text(text.replace("currency: EUR", "currency: NO"), encoding="utf-8")
    (tmp_path / "flat.csv").write_text(text_of([invoice(name="N", currency="NO")]), encoding="utf-8")
    assert list(Loaded([tmp_path / "flat.csv"], tmp_path, path).report.currencies) == ["NO"]


# A31, A32, the same again, and the same in another form


@every_format
def test_the_same_files_again_change_nothing(tmp_path: Path, form: str) -> None:
    sources = write(tmp_path / "source", form, {"invoices": [invoice()], "postings": [posting()]})
    first = Loaded(sources, tmp_path).rows
    assert Loaded(sources, tmp_path).rows == first


def test_every_form_of_one_book_gives_the_same_ledger(tmp_path: Path) -> None:
    invoices = [
        invoice(number, amount=f"{number}.50", customer_id=f"{number % 7:06d}") for number in range(1, 80)
    ]
    postings = [posting(number, invoice_id=f"I{number}", amount=f"{number}.25") for number in range(1, 60)]
    wanted = stored(tmp_path, "csv", invoices=invoices, postings=postings).rows
    mixed = random.Random(7)
    mixed.shuffle(invoices)
    mixed.shuffle(postings)
    for form in FORMATS:
        assert stored(tmp_path, form, invoices=invoices, postings=postings).rows == wanted
