from __future__ import annotations

from arseg.ledger.declared.layout import read_layout
from arseg.ledger.suggesting.fit import Fit, best_fit

LAYOUTS = [read_layout("arseg"), read_layout("ibm_ar")]


def test_a_header_with_all_that_a_source_needs_is_that_source() -> None:
    source = LAYOUTS[1].sources[0]
    header = [need[0] for need in source.reads]
    fit, near = best_fit([*header, "more"], LAYOUTS)
    assert fit == Fit("ibm_ar", source.files[0], len(header), len(header))
    assert near is source


def test_a_header_with_some_of_it_is_near_and_one_with_nothing_is_not() -> None:
    fit, near = best_fit([LAYOUTS[1].sources[0].reads[0][0]], LAYOUTS)
    assert fit is not None
    assert (fit.layout, fit.found, near) == ("ibm_ar", 1, None)
    assert best_fit(["zq"], LAYOUTS) == (None, None)
