from __future__ import annotations

import json
import pickle

import pytest

from arseg.schema import ArsegError, BusyError, DataError, UsageError


def test_an_error_has_its_four_beats_and_its_exit_code() -> None:
    error = UsageError("the key is unknown", given="modle", allowed="model", do="write 'model'")
    assert str(error) == "the key is unknown. Given: modle. Allowed: model. Do: write 'model'."
    assert [kind.exit_code for kind in (ArsegError, DataError, UsageError, BusyError)] == [1, 1, 2, 75]


@pytest.mark.parametrize(
    ("kind", "code"), [(ArsegError, "error"), (DataError, "data"), (UsageError, "usage"), (BusyError, "busy")]
)
def test_an_error_that_says_no_code_has_that_of_its_class(kind: type[ArsegError], code: str) -> None:
    error = kind("a", given=1, allowed=2, do="c")
    assert (error.code, error.file, error.row, error.column) == (code, None, None, None)


def test_where_an_error_points_is_for_programs_and_not_in_its_message() -> None:
    error = DataError(
        "a day does not exist",
        given="2023-02-29",
        allowed="a calendar day",
        do="mend the file",
        code="bad_date",
        file="invoices.csv",
        row=17,
        column="due_date",
    )
    assert str(error) == (
        "a day does not exist. Given: 2023-02-29. Allowed: a calendar day. Do: mend the file."
    )
    assert error.to_dict() == {
        "code": "bad_date",
        "exit_code": 1,
        "what": "a day does not exist",
        "given": "2023-02-29",
        "allowed": "a calendar day",
        "file": "invoices.csv",
        "row": 17,
        "column": "due_date",
        "remedy": "mend the file",
    }
    assert json.loads(error.to_json()) == error.to_dict()


@pytest.mark.parametrize("code", ["Bad", "bad date", "1st", "bad-date"])
def test_a_code_is_a_word_in_snake_case(code: str) -> None:
    with pytest.raises(AssertionError, match="no word in snake_case"):
        DataError("a", given=1, allowed=2, do="c", code=code)


def test_an_error_survives_a_trip_between_processes() -> None:
    error = DataError("a", given=1, allowed=2, do="c", code="contract", file="x.csv", row=3, column="amount")
    again = pickle.loads(pickle.dumps(error))  # our own bytes, made on the line above
    assert type(again) is DataError
    assert str(again) == str(error)
    assert again.to_dict() == error.to_dict()
