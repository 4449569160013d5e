from __future__ import annotations

import importlib
import sys

import pytest

from arseg.imported_without import imported_without


def test_a_package_is_absent_inside_and_there_again_behind() -> None:
    sys.modules.pop("zipapp", None)
    with imported_without("zipapp", "json"):
        with pytest.raises(ImportError):
            importlib.import_module("zipapp")
        assert importlib.import_module("json").loads("1") == 1
    assert importlib.import_module("zipapp").__name__ == "zipapp"


def test_a_failure_inside_leaves_nothing_hidden() -> None:
    with pytest.raises(ZeroDivisionError), imported_without("no_such_package"):
        _ = 1 / 0
    assert "no_such_package" not in sys.modules
