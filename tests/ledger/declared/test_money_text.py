from __future__ import annotations

import re
from decimal import Decimal
from itertools import permutations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.ledger.declared.money_text import MoneyText, Negative

LOCALES = {
    "English": MoneyText(".", ","),
    "German": MoneyText(",", "."),
    "Swiss": MoneyText(".", "\u2019"),
    "French": MoneyText(",", "\u202f"),
    "Swedish": MoneyText(",", "\u00a0"),
}
NEGATIVES: tuple[Negative, ...] = ("-1", "1-", "(1)")

# What DECIMAL(18,2) holds.
AMOUNTS = st.decimals(-(10**16) + 1, 10**16 - 1, places=2)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def by_sql(connection: duckdb.DuckDBPyConnection, money: MoneyText, texts: list[str]) -> list[Decimal | None]:
    connection.register("given", pa.table({"said": pa.array(texts, pa.string())}))
    return [amount for (amount,) in connection.execute(f"SELECT {money.sql('said')} FROM given").fetchall()]


def by_python(money: MoneyText, text: str) -> Decimal | None:
    return money.amount(text) if re.fullmatch(money.pattern, text) else None


def written(
    amount: Decimal, money: MoneyText, *, grouped: bool, negative: Negative = "-1", symbol: str = ""
) -> str:
    """Write an amount as a person of that locale does."""
    marks = {",": money.thousands_mark if grouped else "", ".": money.decimal_mark}
    digits = "".join(marks.get(sign, sign) for sign in f"{abs(amount):,.2f}")
    body = f"{symbol}{digits}"
    forms = {"-1": f"-{body}", "1-": f"{body}-", "(1)": f"({body})"}
    return forms[negative] if amount < 0 else body


@pytest.mark.parametrize("locale", LOCALES)
@settings(deadline=None, max_examples=40)
@given(
    amounts=st.lists(AMOUNTS, min_size=1),
    grouped=st.booleans(),
    negative=st.sampled_from(NEGATIVES),
    symbol=st.sampled_from(["", "$", "CHF ", "kr."]),
)
def test_an_amount_written_in_any_locale_is_read_back_exactly(
    connection: duckdb.DuckDBPyConnection,
    locale: str,
    amounts: list[Decimal],
    *,
    grouped: bool,
    negative: Negative,
    symbol: str,
) -> None:
    plain = LOCALES[locale]
    symbols = (symbol.strip(),) if symbol else ()
    money = MoneyText(plain.decimal_mark, plain.thousands_mark, (negative,), symbols)
    texts = [written(one, money, grouped=grouped, negative=negative, symbol=symbol) for one in amounts]
    assert by_sql(connection, money, texts) == amounts
    assert [by_python(money, text) for text in texts] == amounts


@pytest.mark.parametrize(("wrote", "reads"), list(permutations(LOCALES, 2)))
@settings(deadline=None, max_examples=20)
@given(amounts=st.lists(AMOUNTS, min_size=1), grouped=st.booleans())
def test_an_amount_of_another_locale_is_refused_or_the_same(
    connection: duckdb.DuckDBPyConnection, wrote: str, reads: str, amounts: list[Decimal], *, grouped: bool
) -> None:
    texts = [written(one, LOCALES[wrote], grouped=grouped) for one in amounts]
    texts += [text.rpartition(LOCALES[wrote].decimal_mark)[0] for text in texts]
    amounts = amounts + [Decimal(int(one)) for one in amounts]
    for found in (
        by_sql(connection, LOCALES[reads], texts),
        [by_python(LOCALES[reads], text) for text in texts],
    ):
        assert all(one in (None, amount) for one, amount in zip(found, amounts, strict=True))


@pytest.mark.parametrize("locale", LOCALES)
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_no_text_means_different_amounts_in_two_locales(locale: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(LOCALES[locale].pattern, fullmatch=True))
    found = {by_python(money, text) for money in LOCALES.values()}
    assert len(found - {None}) == 1


SIGNS = st.text(st.sampled_from("0123456789.,'-()$ €E+\n\u00a0\u202f\u0661"), max_size=9)


@pytest.mark.parametrize(
    "money",
    [
        *LOCALES.values(),
        MoneyText(),
        MoneyText(exact=True),
        MoneyText(",", "", ("1-", "(1)")),
        MoneyText(".", "'", NEGATIVES, ("$", "€", "E")),
        MoneyText(".", " ", NEGATIVES),
    ],
    ids=repr,
)
@settings(deadline=None, max_examples=40)
@given(data=st.data(), noise=st.lists(SIGNS, min_size=1))
def test_sql_and_python_read_every_text_alike(
    connection: duckdb.DuckDBPyConnection, money: MoneyText, data: st.DataObject, noise: list[str]
) -> None:
    honest = data.draw(st.lists(st.from_regex(money.pattern, fullmatch=True)))
    texts = noise + [text for text in honest if abs(money.amount(text)) < 10**16]
    assert by_sql(connection, money, texts) == [by_python(money, text) for text in texts]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        ".",
        ",",
        "NaN",
        "inf",
        "-inf",
        "1e3",
        "1E+3",
        "+5",
        "--5",
        "5,",
        ".5",
        "½",
        "\u0661",
        "\uff11",
        "0x1",
        "1_000",
        " 5",
        "5 ",
        "5\n",
        "(5)",
        "5-",
        "$5",
        "12,34,56",
        "1,23,456.00",
        "1..5",
        "5 000",
    ],
)
def test_what_is_no_amount_is_refused(connection: duckdb.DuckDBPyConnection, locale: str, text: str) -> None:
    assert by_sql(connection, LOCALES[locale], [text]) == [None]
    assert by_python(LOCALES[locale], text) is None


@pytest.mark.parametrize(
    "text", ["1.230", "1.234", "12.005", "-1.230", "0.001", "1.2301", "1.23001", "1.2345"]
)
def test_three_decimals_or_more_that_say_something_are_refused(
    connection: duckdb.DuckDBPyConnection, text: str
) -> None:
    for money in (MoneyText(), LOCALES["English"], LOCALES["Swiss"]):
        assert by_sql(connection, money, [text]) == [by_python(money, text)] == [None]


@pytest.mark.parametrize(
    ("text", "amount"), [("1.2300", "1.23"), ("1.23000", "1.23"), ("5.0000", "5"), ("-0.5000", "-0.5")]
)
def test_four_decimals_or_more_may_end_in_zeros(
    connection: duckdb.DuckDBPyConnection, text: str, amount: str
) -> None:
    assert by_sql(connection, MoneyText(), [text]) == [by_python(MoneyText(), text)] == [Decimal(amount)]


@given(amount=AMOUNTS, zeros=st.integers(0, 12))
@settings(deadline=None, max_examples=40)
def test_zeros_after_a_typed_decimal_are_without_effect(
    connection: duckdb.DuckDBPyConnection, amount: Decimal, zeros: int
) -> None:
    money, text = MoneyText(exact=True), f"{amount:.2f}" + "0" * zeros
    assert by_sql(connection, money, [text]) == [by_python(money, text)] == [amount]
    assert by_python(money, f"{text}1") is None


def test_an_exact_amount_may_have_three_decimals_if_the_third_is_zero(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    money = MoneyText(exact=True)
    assert by_sql(connection, money, ["1.230", "1.234", "1.2", "7"]) == [
        Decimal("1.23"),
        None,
        Decimal("1.2"),
        7,
    ]


def test_a_thousands_mark_stands_before_every_third_digit_or_nowhere() -> None:
    german = LOCALES["German"]
    for text in ("1234567,50", "1.234.567,50"):
        assert by_python(german, text) == Decimal("1234567.50")
    for text in ("1234.567,50", "1.234567,50", ".234,50", "1..234,50", "1.23,50", "0.1234"):
        assert by_python(german, text) is None


@pytest.mark.parametrize("text", ["-5", "5-", "(5)", "5 -"])
def test_only_a_declared_form_of_a_negative_is_read(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    for negative in NEGATIVES:
        money = MoneyText(negatives=(negative,))
        meant = text.replace(" ", "") == {"-1": "-5", "1-": "5-", "(1)": "(5)"}[negative]
        assert (
            by_sql(connection, money, [text]) == [by_python(money, text)] == [Decimal(-5) if meant else None]
        )


@pytest.mark.parametrize(
    "text", ["-5-", "(-5)", "(5", "5)", "((5))", "-(5)", "(5)-", "$$5", "$5$5", "$", "-$", "$5€5"]
)
def test_a_negative_is_written_once_and_whole(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    money = MoneyText(negatives=NEGATIVES, symbols=("$", "€"))
    assert by_sql(connection, money, [text]) == [by_python(money, text)] == [None]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$5", "5"),
        ("5 €", "5"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("$ 5-", "-5"),
        ("5-€", "-5"),
        ("($5.50)", "-5.50"),
        ("$(5.50)", "-5.50"),
        ("(5.50) €", "-5.50"),
        ("a.b'c 5", "5"),
    ],
)
def test_a_symbol_may_stand_at_either_end(
    connection: duckdb.DuckDBPyConnection, text: str, amount: str
) -> None:
    money = MoneyText(negatives=NEGATIVES, symbols=("$", "€", "a.b'c"))
    assert by_sql(connection, money, [text]) == [by_python(money, text)] == [Decimal(amount)]


@pytest.mark.parametrize("text", ["-0", "-0.00", "0-", "(0.0)"])
def test_a_negative_zero_is_zero(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert by_sql(connection, MoneyText(negatives=NEGATIVES), [text]) == [Decimal(0)]


@pytest.mark.parametrize("text", ["1" + "0" * 16, "9" * 40, "-" + "9" * 17 + ".00"])
def test_an_amount_that_the_ledger_cannot_hold_is_none(
    connection: duckdb.DuckDBPyConnection, text: str
) -> None:
    assert by_sql(connection, MoneyText(), [text]) == [None]
