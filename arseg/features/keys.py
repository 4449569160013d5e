"""Find the rows of a block's answer for the keys that a matrix asks for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from arseg.schema import DataError


class Keys:
    """The keys of a matrix, in its order.

    Parameters
    ----------
    name
        How complaints name them: ``customer_id`` or ``invoice_id``.
    wanted
        Each key once, as text.
    """

    def __init__(self, name: str, wanted: pa.ChunkedArray) -> None:
        self._name = name
        self._wanted = wanted
        self._codes: tuple[pa.Array, np.ndarray] | None = None
        self._texts: tuple[pa.Array, np.ndarray] | None = None

    def places(self, block: str, found: pa.ChunkedArray) -> np.ndarray:
        """Return the row of an answer for each key, -1 where there is none.

        Parameters
        ----------
        block
            How complaints name the block.
        found
            The keys of its answer, as text or as a dictionary of texts.

        Raises
        ------
        DataError
            If a key stands there twice, or a row has none.

        Examples
        --------
        >>> keys = Keys("customer_id", pa.chunked_array([["A", "B", "C"]]))
        >>> keys.places("own", pa.chunked_array([["C", "A"]])).tolist()
        [1, -1, 0]
        """
        whole = found.combine_chunks()
        if isinstance(whole, pa.DictionaryArray) and not whole.null_count:
            return self._by_code(block, whole)
        return self._by_text(block, whole)

    def _by_code(self, block: str, found: pa.DictionaryArray) -> np.ndarray:
        """Answers of one snapshot share the dictionary, so its texts are looked up once and not per block."""
        codes = np.asarray(found.indices)
        if np.bincount(codes, minlength=1).max() > 1:
            self._refuse(block, found.cast(pa.string()))
        rows = np.full(len(found.dictionary) + 1, -1)
        rows[codes] = np.arange(len(codes))
        return rows[self._wanted_codes(found.dictionary)]

    def _wanted_codes(self, dictionary: pa.Array) -> np.ndarray:
        import pyarrow.compute as pc

        if self._codes is None or not self._codes[0].equals(dictionary):
            at = pc.fill_null(pc.index_in(self._wanted, value_set=dictionary), len(dictionary))
            self._codes = dictionary, np.asarray(at)
        return self._codes[1]

    def _by_text(self, block: str, found: pa.Array) -> np.ndarray:
        """Blocks that read the same rows mostly answer in one order, which is matched once and not per block."""
        import pyarrow.compute as pc

        if self._texts is None or not self._texts[0].equals(found):
            if found.null_count or pc.count_distinct(found).as_py() != len(found):
                self._refuse(block, found)
            at = pc.fill_null(pc.index_in(self._wanted, value_set=found), -1)
            self._texts = found, np.asarray(at)
        return self._texts[1]

    def _refuse(self, block: str, found: pa.Array) -> None:
        import pyarrow.compute as pc

        key = self._name
        counts = sorted(pc.value_counts(found.drop_null()).to_pylist(), key=lambda one: -one["counts"])
        twice = counts[0]["values"] if counts and counts[0]["counts"] > 1 else None
        raise DataError(
            f"block {block} does not return one row per {key}",
            given=f"{key} {twice!r} twice" if twice is not None else f"a row without {key}",
            allowed=f"each {key} once",
            do=f"GROUP BY {key}, or make its joins one to one",
        )
