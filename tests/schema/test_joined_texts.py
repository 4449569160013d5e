from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from arseg.schema.joined_texts import joined_texts

PAIRS = st.lists(st.tuples(st.sampled_from(["a", "b", "ß", ""]), st.text(max_size=5)), max_size=30)


@given(PAIRS, st.sampled_from(["; ", "", ", "]))
def test_they_are_what_a_grouped_join_gives(pairs: list[tuple[str, str]], between: str) -> None:
    keys = pd.Series([key for key, _ in pairs], dtype="str", name="customer_id")
    texts = pd.Series([text for _, text in pairs], dtype="str", index=range(5, 5 + len(pairs)))
    found = joined_texts(keys, texts, between)
    expected: dict[str, list[str]] = {}
    for key, text in pairs:
        expected.setdefault(key, []).append(text)
    assert found.to_dict() == {key: between.join(each) for key, each in expected.items()}
    assert found.index.tolist() == sorted(expected)
    assert found.index.name == "customer_id"
