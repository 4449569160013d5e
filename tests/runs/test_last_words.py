from __future__ import annotations

import pytest

from arseg.runs.last_words import last_words

CHAIN = """Traceback (most recent call last):
  File "x.py", line 1, in <module>
ConnectionRefusedError: [Errno 111] Connection refused

During handling of the above exception, another exception occurred:

mlflow.exceptions.MlflowException: API request failed with code 403. Response body: '<p>
  Error: not you
</p>
'
"""


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (CHAIN, "mlflow.exceptions.MlflowException: API request failed with code 403. Response body: '<p>"),
        ("arseg: a variable is not set\n", "arseg: a variable is not set"),
        ("first\nlast\n\n", "last"),
        (" \n", "it said nothing"),
        ("x" * 500, "x" * 300),
    ],
)
def test_the_line_of_the_exception_is_said_whatever_follows_it(said: str, line: str) -> None:
    assert last_words(said) == line
