from __future__ import annotations

import pickle

from arseg.schema import ArsegError, BusyError, DataError, UsageError


def test_an_error_has_its_four_beats_and_its_exit_code() -> None:
    error = UsageError("the key is unknown", given="modle", allowed="model", do="write 'model'")
    assert str(error) == "the key is unknown. Given: modle. Allowed: model. Do: write 'model'."
    assert [kind.exit_code for kind in (ArsegError, DataError, UsageError, BusyError)] == [1, 1, 2, 75]


def test_an_error_survives_a_trip_between_processes() -> None:
    error = DataError("a", given=1, allowed=2, do="c")
    again = pickle.loads(pickle.dumps(error))  # our own bytes, made on the line above
    assert type(again) is DataError
    assert str(again) == str(error)
