from __future__ import annotations

from arseg import __main__
from arseg.cli import main


def test_the_module_is_the_command() -> None:
    assert __main__.main is main
