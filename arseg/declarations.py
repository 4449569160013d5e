"""Read what a user declares in YAML (layouts, playbooks, experiments) without guessing.

Plain YAML turns ``NO`` into false, ``0123`` into 83 and keeps the last of two equal keys
(reliability A30). Here only ``true``, ``false``, ``null``, decimal numbers and text exist,
a key stands once, and every complaint names its line.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import yaml

from arseg.schema import UsageError

if TYPE_CHECKING:
    from pydantic import BaseModel

    Declared = TypeVar("Declared", bound=BaseModel)

Place = tuple[str | int, ...]

LARGEST: Final = 1 << 20


class _Core(yaml.SafeLoader):
    """YAML 1.2 core scalars only; everything else is text."""

    # The stubs declare an instance variable; PyYAML itself reads the class.
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases: a few lines of them unfold to gigabytes."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's own stubs
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)(?:e[-+]?[0-9]+)?$", "-+0123456789"),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


@dataclass(frozen=True)
class Declaration:
    """A declared file: its values and the line on which each stands.

    Parameters
    ----------
    path
        Where it was read.
    values
        The mapping at the top.
    lines
        Line (from 1) of every key, by its path from the top.
    """

    path: Path
    values: dict[str, Any]
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of a place, or of its nearest declared parent."""
        for end in range(len(place), 0, -1):
            if place[:end] in self.lines:
                return self.lines[place[:end]]
        return 1


def read_declaration(path: str | Path) -> Declaration:
    """Read one declared YAML file.

    Parameters
    ----------
    path
        The file; at most 1 MiB.

    Raises
    ------
    UsageError
        If it is missing, not YAML, has a key twice, or uses anchors and aliases.
    """
    path = Path(path)
    if not path.is_file():
        raise UsageError(
            "the file does not exist", given=path, allowed="an existing YAML file", do="check the path"
        )
    if path.stat().st_size > LARGEST:
        raise UsageError(
            "the file is too large", given=f"{path.stat().st_size} bytes", allowed="1 MiB", do="split it"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise UsageError(
            "the file is not UTF-8 text",
            given=f"{path}, byte {problem.start}",
            allowed="UTF-8",
            do="save it as UTF-8",
        ) from None
    return parse_declaration(text, path)


def parse_declaration(text: str, path: Path) -> Declaration:
    """Parse declared YAML text; ``path`` is named in complaints."""
    try:
        lines, values = _read(text, path)
    except RecursionError:
        raise _not_yaml(path, "it nests too deep") from None
    except (yaml.YAMLError, ValueError, TypeError) as problem:
        raise _not_yaml(path, " ".join(str(problem).split())[:300]) from None
    return Declaration(path, values, lines)


def _read(text: str, path: Path) -> tuple[dict[Place, int], Any]:
    loader = _Core(text)
    try:
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        if not isinstance(node, yaml.MappingNode):
            raise UsageError(
                "the file declares nothing", given=path, allowed="key: value lines", do="fill it in"
            )
        _walk(node, (), lines, path)
        return lines, loader.construct_document(node)
    finally:
        loader.dispose()


def _not_yaml(path: Path, problem: str) -> UsageError:
    return UsageError(
        "the file is not YAML", given=f"{path}: {problem}", allowed="plain YAML", do="mend that line"
    )


def validate(declaration: Declaration, model: type[Declared]) -> Declared:
    """Check a declaration against its typed model; an unknown key is an error with its line.

    Raises
    ------
    UsageError
        Naming the first wrong key, its line and, where one is near, the key that was meant.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(declaration.values)
    except ValidationError as problem:
        # A misspelt key is also a missing one; the spelling is what the user can see and mend.
        first = min(problem.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
        raise _complaint(declaration, model, first) from None


def _complaint(declaration: Declaration, model: type[BaseModel], first: Any) -> UsageError:
    place = _as_written(declaration.values, first["loc"])
    where = f"{declaration.path}, line {declaration.line(place)}"
    key = ".".join(str(part) for part in place)
    if first["type"] == "extra_forbidden":
        allowed = _siblings(model, place)
        near = difflib.get_close_matches(str(place[-1]), allowed, n=1)
        hint = f"write {near[0]!r}" if near else "remove it"
        return UsageError(
            f"unknown key {key!r} in {where}", given=key, allowed=", ".join(allowed) or "none", do=hint
        )
    message = first["msg"].removeprefix("Value error, ")
    return UsageError(
        f"{key or 'the file'} is wrong in {where}",
        given=_shown(first["input"]),
        allowed=message,
        do="mend it",
    )


def _shown(value: Any) -> str:
    """Return what was given, without what may be a password."""
    text = re.sub(r"(//[^\s/@]*:)[^@]*@", r"\1***@", repr(value))
    return re.sub(r"(passw(?:or)?d\s*=\s*).+", r"\1***", text, flags=re.IGNORECASE)


def _as_written(values: Any, place: Place) -> Place:
    """Return a place without the parts that nobody wrote: the names by which a key of several kinds tells its kinds apart.

    Examples
    --------
    >>> _as_written({"dependence": {"book": -1}}, ("dependence", "values", "book"))
    ('dependence', 'book')
    """
    found: list[str | int] = []
    for position, part in enumerate(place):
        last = position == len(place) - 1
        holds = isinstance(values, (dict, list))
        within = part in values if isinstance(values, dict) else holds and isinstance(part, int)
        if within or (last and holds):
            found.append(part)
        if within:
            values = values[part]
    return tuple(found)


def _siblings(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that the model allows beside the last part of a place."""
    current: Any = model
    for part in place[:-1]:
        fields = getattr(current, "model_fields", {})
        if isinstance(part, str) and part in fields:
            current = _model_within(fields[part].annotation)
    return sorted(getattr(current, "model_fields", {}))


def _model_within(annotation: Any) -> Any:
    """Return the pydantic model inside an annotation such as ``list[Model] | None``."""
    if hasattr(annotation, "model_fields"):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_within(inner)
        if found is not None:
            return found
    return None


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path) -> None:
    """Note the line of every key, and refuse keys that stand twice."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise UsageError(
                    f"key {key.value!r} stands twice in {path}, line {line}",
                    given=key.value,
                    allowed="each key once",
                    do="remove one",
                )
            seen.add(key.value)
            lines[(*place, key.value)] = line
            _walk(value, (*place, key.value), lines, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            lines[(*place, index)] = value.start_mark.line + 1
            _walk(value, (*place, index), lines, path)
