"""How a result shows itself: text that reads well on a terminal, an escaped table in a notebook.

A class says so by inheriting: ``Shown`` where it holds tables (one line per field, the first rows of each
table), ``AsWritten`` where its ``repr`` is what one would write. Whatever the data holds, nothing of it is
markup, and nothing of it moves a terminal's cursor.
"""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from typing import Any, Final

_WIDEST: Final = 100
_FIRST_ROWS: Final = 5
_FIRST_COLUMNS: Final = 12
_FEW: Final = 6
# JupyterLab would else read what stands between two dollar signs as a formula.
_OPEN: Final = '<div class="arseg-shown tex2jax_ignore mathjax_ignore">'


class Shown:
    """A result that holds tables: a line per field as text, its tables' first rows in a notebook.

    Examples
    --------
    >>> @dataclasses.dataclass
    ... class Found(Shown):
    ...     key_dates: tuple[str, ...]
    ...     note: str
    >>> Found(("2025-01-31", "2025-02-28"), "<b>late</b>")
    Found
      key_dates  2025-01-31, 2025-02-28
      note       <b>late</b>
    >>> "<b>" in Found((), "<b>late</b>")._repr_html_()
    False
    """

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        """Keep the text from being replaced: a dataclass writes its own ``__repr__`` where the class has none."""
        super().__init_subclass__(**options)
        if "__repr__" not in vars(cls):
            cls.__repr__ = Shown.__repr__  # type: ignore[method-assign]

    def __repr__(self) -> str:
        facts = {name: brief(value) for name, value in _fields(self)}
        wide = max(map(len, facts), default=0)
        return "\n".join(
            [type(self).__name__, *(f"  {name:<{wide}}  {text}" for name, text in facts.items())]
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left">{name}</th><td style="text-align:left">{_cell(value)}</td></tr>'
            for name, value in _fields(self)
        )
        return f"{_OPEN}<strong>{type(self).__name__}</strong><table>{rows}</table></div>"


class AsWritten:
    """Something that prints as one would write it; a notebook shows the same text.

    Examples
    --------
    >>> from arseg.policies import RiskTiers
    >>> RiskTiers(medium_from=0.1)._repr_html_()
    '<div class="arseg-shown tex2jax_ignore mathjax_ignore"><code>RiskTiers(medium_from=0.1)</code></div>'
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        learnt = sorted(name for name in getattr(self, "__dict__", {}) if _is_learnt(self, name))
        fitted = f"<br>fitted: {', '.join(map(html.escape, learnt))}" if learnt else ""
        return f"{_OPEN}<code>{html.escape(printable(repr(self)))}</code>{fitted}</div>"


def brief(value: Any) -> str:
    r"""Return a value on one line: a number or text as it is, of a table or a list how much it holds.

    Examples
    --------
    >>> brief({"a": 1}), brief(range(40)), brief(1234567.0), brief("two\nlines")
    ('a: 1', '40 entries, 0 to 39', '1,234,567', 'two\\nlines')
    """
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return _of_shape(value, shape)
    if isinstance(value, (str, bool, int, float)) or value is None:
        return _plain(value)
    if isinstance(value, Mapping):
        return _some([f"{_one(key)}: {_one(each)}" for key, each in _first(value.items())], len(value))
    if isinstance(value, AbstractSet):
        return _some(sorted(map(_one, value))[:_FEW], len(value))
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return _sequence(value)
    return _one(value)


def printable(text: str) -> str:
    r"""Return the text with line breaks kept and every other character that does not print spelt out.

    Examples
    --------
    >>> printable("a\x1b[31mred")
    'a\\x1b[31mred'
    """
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )


def _fields(result: Any) -> list[tuple[str, Any]]:
    """Return the fields that a class wants shown, in the order in which they are declared."""
    if dataclasses.is_dataclass(result):
        return [
            (field.name, getattr(result, field.name)) for field in dataclasses.fields(result) if field.repr
        ]
    declared = getattr(type(result), "model_fields", None) or getattr(result, "__dict__", {})
    return [(name, getattr(result, name)) for name in declared if not name.startswith("_")]


def _cell(value: Any) -> str:
    """Return a field's value for a notebook: escaped, a table folded with its first rows."""
    said = html.escape(brief(value))
    if not hasattr(value, "columns") or not hasattr(value, "itertuples") or not len(value):
        return said
    head = value.iloc[:_FIRST_ROWS, :_FIRST_COLUMNS]
    titles = [_one(name) for name in head.columns]
    rows = [[_one(each) for each in row] for row in head.itertuples(index=False, name=None)]
    # An index that only counts says nothing.
    if head.index.names != [None]:
        titles.insert(0, _some([_one(name) for name in head.index.names], head.index.nlevels))
        rows = [[_one(key), *row] for key, row in zip(head.index, rows, strict=True)]
    table = "".join([_row(titles, "th"), *(_row(row, "td") for row in rows)])
    return f"<details><summary>{said}</summary><table>{table}</table></details>"


def _row(texts: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(text)}</{tag}>' for text in texts)}</tr>"


def _of_shape(value: Any, shape: tuple[int, ...]) -> str:
    if hasattr(value, "columns"):
        return f"{shape[0]:,} rows x {shape[1]} columns"
    return f"{' x '.join(f'{each:,}' for each in shape)} values"


def _plain(value: Any) -> str:
    """Return a number with its thousands, to six digits; a text on one line, cut where it is long."""
    if isinstance(value, str):
        return _cut(printable(value).replace("\n", "\\n")) or "(empty)"
    if isinstance(value, bool) or value is None:
        return str(value)
    return (
        f"{value:,}" if isinstance(value, int) else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    )


def _sequence(value: Sequence[Any]) -> str:
    if len(value) > _FEW and isinstance(value[0], (int, float)) | hasattr(value[0], "isoformat"):
        return f"{len(value):,} entries, {_one(value[0])} to {_one(value[-1])}"
    return _some([_one(each) for each in value[:_FEW]], len(value))


def _some(parts: list[str], count: int) -> str:
    if not count:
        return "none"
    more = f", ... ({count:,} in all)" if count > len(parts) else ""
    return _cut(", ".join(parts), _WIDEST - len(more)) + more


def _one(value: Any) -> str:
    """Return a value inside another one: short, whatever it is."""
    if isinstance(value, (str, bool, int, float)) or value is None:
        return _plain(value)
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return _of_shape(value, shape)
    if isinstance(value, Shown) and type(value).__repr__ is Shown.__repr__:
        return type(value).__name__
    text = str(value) if hasattr(value, "isoformat") or isinstance(value, PurePath) else repr(value)
    return _cut(printable(text).replace("\n", " "))


def _cut(text: str, width: int = _WIDEST) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _first(values: Any) -> list[Any]:
    return [each for each, _ in zip(values, range(_FEW), strict=False)]


def _is_learnt(model: object, name: str) -> bool:
    """Whether a fitted model holds something there: a name that ends in an underscore, by the field's custom."""
    if name.startswith("_") or not name.endswith("_"):
        return False
    value = getattr(model, name)
    held = len(value) > 0 if hasattr(value, "__len__") else value is not None
    return held and value is not getattr(type(model), name, None)
