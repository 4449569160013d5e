"""The page of the command line: what `--help` says of every command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

INTRO = """\
# Commands

What `arseg COMMAND --help` says. Exit codes: 0 done, 1 data or run failed, 2 wrong usage or configuration, 75 another run
holds the lock. An error names what was wrong, what was given, what is allowed and what to do.
"""


def text() -> str:
    """Return the page."""
    from arseg.cli import app

    return "\n".join([INTRO, *_commands(get_command(app), ["arseg"])])


def _commands(command: Any, path: list[str]) -> Iterator[str]:
    if hasattr(command, "commands"):
        for name in sorted(command.commands):
            yield from _commands(command.commands[name], [*path, name])
        return
    yield f"## {' '.join(path)}\n\n{(command.help or '').strip()}\n\n| | | by default |\n|---|---|---|"
    for one in command.params:
        if one.name != "help":
            words = one.opts if one.param_type_name == "option" else [one.metavar or one.name.upper()]
            yield f"| {', '.join(f'`{word}`' for word in words)} | {getattr(one, 'help', '') or ''} | {_default(one)} |"
    yield ""


def _default(parameter: Any) -> str:
    if parameter.required:
        return "**required**"
    value = parameter.default
    return "" if value in {None, False, ""} or callable(value) else f"`{value}`"
