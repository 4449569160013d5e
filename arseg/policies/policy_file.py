"""A policy declared in YAML: the same object as in Python, each complaint with its line.

A file holds ``name``, ``parameters`` and, if it likes, the ``version`` of the rule that it was written for::

    name: Composed
    parameters:
      risk:
        name: RiskTiers
        parameters: {medium_from: 0.1}
      axes:
        - name: Profile
          parameters: {by: industry}
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn

from arseg.declarations import Declaration, Place, read_declaration
from arseg.policies.policy import Policy, all_policies, as_policy, make_policy, takes_policies
from arseg.policies.ranges import bounded
from arseg.policies.spelling import default_of, plain_value, version_of
from arseg.schema import UsageError

_TYPES: Mapping[Any, str] = types.MappingProxyType(
    {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
)


def read_policy(path: str | Path) -> Policy:
    """Read a policy from its YAML file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    policy
        Equal to the one written in Python, with the same repr and the same ``policy_hash``.

    Raises
    ------
    UsageError
        If the file is not YAML, or a policy, key, parameter or value in it is refused; with its line.
    """
    declaration = read_declaration(path)
    return _read(declaration, declaration.values, ())


def policy_schema(name: str | None = None) -> dict[str, Any]:
    """Return the JSON schema of a policy file, for editors that complete and check as one types.

    Parameters
    ----------
    name
        The policy that the file declares; any of the room where None.

    Raises
    ------
    UsageError
        If there is no such policy.

    Examples
    --------
    >>> schema = policy_schema("RiskTiers")
    >>> schema["$ref"]
    '#/$defs/RiskTiers'
    >>> schema["$defs"]["RiskTiers"]["properties"]["parameters"]["properties"]["high_from"]
    {'type': 'number', 'minimum': 0, 'maximum': 1, 'description': 'Probability from which a customer is High.',
     'default': 0.35}
    """
    kinds = all_policies()
    if name is not None and name not in [kind.__name__ for kind in kinds]:
        make_policy(name)  # refuses it, naming the near one
    parts = {kind.__name__: _kind_schema(kind) for kind in kinds}
    several = {"anyOf": [{"$ref": f"#/$defs/{part}"} for part in parts]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{name or 'policy'}",
        "$defs": parts | {"policy": several},
    }


def _read(declaration: Declaration, part: Any, place: Place) -> Policy:
    """Make the policy that stands at a place of the file, those within it first."""
    fields = _fields_of(part)
    declared = part.get("parameters") if isinstance(part, Mapping) else None
    if isinstance(declared, Mapping):
        made = {
            key: _read_within(declaration, value, (*place, "parameters", key))
            if key in fields and takes_policies(fields[key])
            else value
            for key, value in declared.items()
        }
        part = {**part, "parameters": made}
    try:
        return as_policy(part, name=".".join(str(step) for step in place) or "the file")
    except UsageError as refusal:
        _point(refusal, declaration, place)


def _read_within(declaration: Declaration, value: Any, place: Place) -> Any:
    """Make the policy or the policies of one parameter; what is neither is left to its refusal."""
    if isinstance(value, list):
        return tuple(_read(declaration, part, (*place, number)) for number, part in enumerate(value))
    return _read(declaration, value, place)


def _fields_of(part: Any) -> dict[str, dataclasses.Field[Any]]:
    name = part.get("name") if isinstance(part, Mapping) else None
    kinds = [kind for kind in all_policies() if kind.__name__ == name]
    return {field.name: field for kind in kinds for field in dataclasses.fields(kind)}


def _point(refusal: UsageError, declaration: Declaration, place: Place) -> NoReturn:
    """Raise the refusal again with the file and the line of the key that it speaks of."""
    line = declaration.line(_culprit(refusal, declaration, place))
    raise UsageError(
        f"{refusal.what}, in {declaration.path}, line {line}",
        given=refusal.given,
        allowed=refusal.allowed,
        do=refusal.do,
        file=declaration.path,
        row=line,
    ) from None


def _culprit(refusal: UsageError, declaration: Declaration, place: Place) -> Place:
    """Return the place of the first key below a part that a refusal names; else of the part itself."""
    below = [key for key in declaration.lines if key[: len(place)] == place]
    own = [key for key in below if len(key) == len(place) + 1]
    parameters = [key for key in below if len(key) == len(place) + 2 and key[-2] == "parameters"]
    for text in (refusal.what, refusal.given):
        named = re.findall(r"\w+", text)
        found = [key for key in (*parameters, *own) if str(key[-1]) in named]
        if found:
            return found[0]
    return (*place, "name")


def _kind_schema(kind: type[Policy]) -> dict[str, Any]:
    fields = dataclasses.fields(kind)
    hints, meanings = typing.get_type_hints(kind), dict(_meanings(kind.__doc__ or ""))
    properties = {
        field.name: bounded(_type_schema(hints[field.name]), kind.__name__, field.name)
        | ({"description": meanings[field.name]} if field.name in meanings else {})
        | _default_schema(field)
        for field in fields
    }
    needed = [field.name for field in fields if default_of(field) is dataclasses.MISSING]
    parameters = {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": {
            "name": {"const": kind.__name__},
            "version": {"const": version_of(kind)},
            "parameters": parameters,
        },
        "required": ["name", "parameters"] if needed else ["name"],
        "additionalProperties": False,
    }


def _default_schema(field: dataclasses.Field[Any]) -> dict[str, Any]:
    default = default_of(field)
    return {} if default is dataclasses.MISSING else {"default": plain_value(default)}


def _type_schema(hint: Any) -> dict[str, Any]:
    """Return the JSON schema of an annotation of the kinds that policies use."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Policy:
        return {"$ref": "#/$defs/policy"}
    if hint in _TYPES:
        return {"type": _TYPES[hint]}
    if origin is Literal:
        return {"enum": list(inner)}
    if origin is tuple:
        return {"type": "array", "items": _type_schema(inner[0])}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _type_schema(inner[1])}
    return {"anyOf": [_type_schema(each) for each in inner]}


def _meanings(docstring: str) -> Iterator[tuple[str, str]]:
    """Yield each parameter of a numpydoc docstring with what it means, in one line."""
    section = docstring.partition("Parameters\n    ----------\n")[2]
    section = re.split(r"\n    \w[\w ]*\n    -{3,}\n", section)[0]
    for block in re.split(r"^    (?=\w)", section, flags=re.MULTILINE)[1:]:
        names, _, meaning = block.partition("\n")
        for name in names.split(","):
            yield name.strip(), " ".join(meaning.split())
