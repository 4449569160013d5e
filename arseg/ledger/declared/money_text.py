"""Money as text: exact, with the declared marks, signs and symbols, or no money at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from arseg.ledger.sql_text import quoted

Negative = Literal["-1", "1-", "(1)"]

# Of a text that is an amount: whether it is below zero.
NEGATIVE: Final = "^[^0-9]*[-(]|-[^0-9]*$"


@dataclass(frozen=True)
class MoneyText:
    """How an amount is written.

    Parameters
    ----------
    decimal_mark, thousands_mark
        As declared; no thousands mark where empty.
    negatives
        How a negative amount is written: ``-1``, ``1-`` or ``(1)``.
    symbols
        Texts that may stand at either end.
    exact
        Whether the text was spelt from a typed decimal, whose further decimals may be zeros.
    """

    decimal_mark: str = "."
    thousands_mark: str = ""
    negatives: Sequence[Negative] = ("-1",)
    symbols: Sequence[str] = ()
    exact: bool = False

    @property
    def body(self) -> str:
        r"""Regular expression of an amount without sign and symbol.

        Two decimals at most; further ones only zero. Three are refused in text, for ``1.230`` may be
        twelve hundred and thirty with another's thousands mark.

        Examples
        --------
        >>> [bool(re.fullmatch(MoneyText(",", ".").body, text)) for text in ("1.234,50", "1,234", "12,5")]
        [True, False, True]
        """
        whole = "[0-9]+"
        if self.thousands_mark:
            whole = f"(?:[0-9]{{1,3}}(?:{re.escape(self.thousands_mark)}[0-9]{{3}})+|[0-9]+)"
        decimals = "[0-9]{1,2}0*" if self.exact else "(?:[0-9]{1,2}|[0-9]{2}0{2,})"
        return f"{whole}(?:{re.escape(self.decimal_mark)}{decimals})?"

    @property
    def pattern(self) -> str:
        """Regular expression of a whole amount."""
        either = "|".join(re.escape(symbol) for symbol in self.symbols)
        before, after = (f"(?:(?:{either}) ?)?", f"(?: ?(?:{either}))?") if either else ("", "")
        plain = f"{before}{self.body}{after}"
        forms = {
            "-1": f"-{plain}|{before}-{self.body}{after}",
            "1-": f"{plain} ?-|{before}{self.body}-{after}",
            "(1)": rf"\({plain}\)|{before}\({self.body}\){after}",
        }
        return "|".join([plain, *(forms[form] for form in dict.fromkeys(self.negatives))])

    @property
    def _plain(self) -> bool:
        """Whether a text that matches is a number but for its marks."""
        return not self.symbols and tuple(self.negatives) == ("-1",)

    def amount(self, text: str) -> Decimal:
        """Return the amount of a text that matches ``pattern``.

        Examples
        --------
        >>> MoneyText(",", ".", ("1-",)).amount("1.234,50-")
        Decimal('-1234.50')
        """
        found = re.search(self.body, text)
        digits = found.group().replace(self.thousands_mark, "") if found and self.thousands_mark else ""
        amount = Decimal((digits or (found.group() if found else "0")).replace(self.decimal_mark, "."))
        return -amount if re.search(NEGATIVE, text) else amount

    def sql(self, text: str) -> str:
        """Return the SQL of the exact amount that a text says, else NULL."""
        digits = text if self._plain else f"regexp_extract({text}, {quoted(self.body)})"
        if self.thousands_mark:
            digits = f"replace({digits}, {quoted(self.thousands_mark)}, '')"
        if self.decimal_mark != ".":
            digits = f"replace({digits}, {quoted(self.decimal_mark)}, '.')"
        amount = f"TRY_CAST({digits} AS DECIMAL(18,2))"
        if not self._plain:
            below = f"regexp_matches({text}, {quoted(NEGATIVE)})"
            amount = f"CASE WHEN {below} THEN -{amount} ELSE {amount} END"
        pattern = f"-?{self.body}" if self._plain else self.pattern
        return f"CASE WHEN regexp_full_match({text}, {quoted(pattern)}) THEN {amount} END"
