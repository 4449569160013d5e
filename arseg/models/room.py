"""The walk of this room: whatever has the methods of a protocol is found, and made by its name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from arseg.schema import UsageError


def find_in_room(protocol: type, methods: Iterable[str]) -> tuple[type, ...]:
    """Return the classes of this room that have some methods, sorted by name.

    Parameters
    ----------
    protocol
        The class that describes them, which is none itself.
    methods
        Names.
    """
    room = importlib.import_module("arseg.models")
    found: dict[str, type] = {}
    for entry in pkgutil.iter_modules(room.__path__, prefix="arseg.models."):
        for name, value in vars(importlib.import_module(entry.name)).items():
            if isinstance(value, type) and value.__module__ == entry.name and value is not protocol:
                found |= {name: value} if all(hasattr(value, method) for method in methods) else {}
    return tuple(found[name] for name in sorted(found))


def make_by_name(
    kinds: Sequence[type],
    name: str,
    parameters: Mapping[str, Any],
    *,
    what: str,
    allowed: Callable[[Any], list[str]],
) -> Any:
    """Return one of some classes by the name and parameters that an experiment declares.

    Parameters
    ----------
    kinds
        The classes.
    name, parameters
        As declared.
    what
        What they are called in a complaint: model, classifier.
    allowed
        Gives the names of a class's parameters.

    Raises
    ------
    UsageError
        If there is no such class or parameter; a near match is named.
    """
    by_name = {kind.__name__: kind for kind in kinds}
    _require_known(name, list(by_name), what=what)
    for parameter in parameters:
        _require_known(parameter, allowed(by_name[name]), what=f"parameter of {name}")
    return by_name[name](**parameters)


def _require_known(name: str, allowed: list[str], *, what: str) -> None:
    if name not in allowed:
        near = difflib.get_close_matches(str(name), allowed, n=1)
        raise UsageError(
            f"there is no {what} of that name",
            given=repr(name),
            allowed=allowed,
            do=f"write {near[0]!r}" if near else "choose one of the allowed names",
        )
