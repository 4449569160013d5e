from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from arseg.ledger.layout import read_layout
from arseg.ledger.matching import match_files
from arseg.schema import DataError, UsageError

FIXTURES = Path(__file__).parent / "fixtures"


def test_a_folder_gives_its_files_of_a_declared_name_sorted() -> None:
    found = match_files([FIXTURES / "arseg"], read_layout("arseg"))
    assert [match.name for match in found] == ["customers.csv", "invoices.csv", "postings.csv"]
    assert [match.source.feeds[0].table for match in found] == ["customers", "invoices", "postings"]


def test_the_order_in_which_files_are_given_is_without_effect() -> None:
    layout, files = read_layout("highradius"), sorted((FIXTURES / "highradius").iterdir())
    assert match_files(files, layout) == match_files(files[::-1], layout)


def test_a_file_of_another_name_is_known_by_its_header(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    shutil.copy(FIXTURES / "highradius" / "open_invoices.csv", export)
    (found,) = match_files([export], read_layout("highradius"))
    assert found.source.files == ["open_invoices*.csv"]


def test_a_header_that_fits_no_source_names_the_nearest(tmp_path: Path) -> None:
    export = tmp_path / "export.csv"
    export.write_text("cust_number,clear_dat,total_open_amount,due_in_date\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks column 'clear_date'; the nearest header is 'clear_dat'"):
        match_files([export], read_layout("highradius"))


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(FIXTURES / "arseg" / "invoices.csv", tmp_path / folder)
    found = match_files([tmp_path / "a", tmp_path / "b"], read_layout("arseg"))
    assert len({match.name for match in found}) == 2


def test_a_missing_source_a_repeated_one_and_none_are_wrong_usage(tmp_path: Path) -> None:
    layout = read_layout("arseg")
    with pytest.raises(UsageError, match=r"the source does not exist. Given: .*gone\.csv"):
        match_files([tmp_path / "gone.csv"], layout)
    with pytest.raises(UsageError, match=r"a file is given twice. Given: invoices\.csv"):
        match_files([FIXTURES / "arseg", FIXTURES / "arseg" / "invoices.csv"], layout)
    with pytest.raises(UsageError, match="no source is given"):
        match_files([], layout)


def test_a_folder_without_a_file_of_the_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"holds no file of layout 'arseg'. Given: an empty folder.*invoices\.csv"
    ):
        match_files([tmp_path], read_layout("arseg"))
