from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arseg.policies.collapse import collapse, merged

LABELS = ["paper", "fax", "edi", "portal", "other", "all"]
PARENTS = {"fax": "paper", "portal": "electronic", "edi": "electronic", "electronic": "any"}
several = settings(max_examples=200, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("sizes", "least", "ends"),
    [
        ({"a": 5, "b": 5}, 5, {"a": "a", "b": "b"}),
        ({"a": 5, "b": 4, "c": 1}, 5, {"a": "a", "b": "other", "c": "other"}),
        # other is too small on its own: the smaller of the two beside it joins
        ({"a": 9, "b": 5, "c": 4}, 5, {"a": "a", "b": "other", "c": "other"}),
        # ties by name
        ({"b": 5, "a": 5, "c": 4}, 5, {"b": "b", "a": "other", "c": "other"}),
        ({"a": 2, "b": 1}, 5, {"a": "all", "b": "all"}),
        ({"a": 9, "b": 1}, 5, {"a": "all", "b": "all"}),
        ({"a": 1}, 1, {"a": "a"}),
        # the child joins its parent first, which is then large enough
        ({"fax": 3, "paper": 3, "x": 9}, 5, {"fax": "paper", "paper": "paper", "x": "x"}),
        ({"edi": 4, "portal": 2, "x": 9}, 5, {"edi": "electronic", "portal": "electronic", "x": "x"}),
        # a large child stays on its own
        ({"edi": 6, "portal": 5}, 5, {"edi": "edi", "portal": "portal"}),
        # up two steps and then to other
        ({"edi": 1, "a": 6, "b": 7}, 5, {"edi": "other", "a": "other", "b": "b"}),
    ],
)
def test_labels_end_where_the_rule_says(sizes, least, ends) -> None:
    assert merged(sizes, min_size=least, parents=PARENTS) == ends


@several
@given(st.lists(st.tuples(*[st.sampled_from(LABELS)] * 2, st.sampled_from("HML"))), st.integers(1, 6))
def test_every_cell_is_large_enough_or_all_of_its_segment(rows, least) -> None:
    frame = pd.DataFrame(rows, columns=["one", "two", "segment"], dtype="str")
    final = collapse(frame["segment"], frame[["one", "two"]], min_size=least, parents=PARENTS)
    sizes = final.assign(segment=frame["segment"]).value_counts()
    whole = frame["segment"].value_counts()
    for (one, two, segment), size in sizes.items():
        assert size >= least or (size == whole[segment] and one == two == "all")


@several
@given(st.lists(st.tuples(*[st.sampled_from(LABELS)] * 2, st.sampled_from("HML"))), st.integers(1, 6))
def test_equal_labels_end_in_equal_cells_whatever_the_order_of_the_rows(rows, least) -> None:
    frame = pd.DataFrame(rows, columns=["one", "two", "segment"], dtype="str")
    turned = frame.iloc[::-1]
    final, back = (
        collapse(f["segment"], f[["one", "two"]], min_size=least, parents=PARENTS) for f in (frame, turned)
    )
    pd.testing.assert_frame_equal(final, back.sort_index())
    together = frame.assign(final=final["one"] + "/" + final["two"])
    ends = together.groupby(["segment", "one", "two"])["final"]
    assert (ends.min() == ends.max()).all()


def test_with_a_least_size_of_one_nothing_moves() -> None:
    frame = pd.DataFrame({"one": LABELS})
    final = collapse(pd.Series(["Low"] * len(LABELS)), frame, min_size=1, parents=PARENTS)
    assert final["one"].tolist() == LABELS


def test_each_segment_collapses_on_its_own() -> None:
    labels = pd.DataFrame({"one": ["a", "a", "b", "a", "b", "b"]})
    segments = pd.Series(["High"] * 3 + ["Low"] * 3)
    final = collapse(segments, labels, min_size=2, parents={"b": "a"})
    assert final["one"].tolist() == ["a", "a", "a", "all", "all", "all"]
