"""How a policy is spelt: as one would write it, as plain parameters, and under its hash."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arseg.policies.policy import Policy


def policy_hash(policy: Policy) -> str:
    """Return the SHA-256, in hex, of the policy with every default spelt out and the versions of its rules.

    Examples
    --------
    >>> from arseg.policies import AgingBuckets
    >>> policy_hash(AgingBuckets()) == policy_hash(AgingBuckets(high_from=31))
    True
    """
    canonical = json.dumps(_spelt(policy, versions=True), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def plain_parameters(policy: Policy) -> dict[str, Any]:
    """Return the fields of a policy as values that JSON gives back unchanged.

    Mappings become dicts, tuples lists, and a policy a mapping of its name and parameters.
    """
    return {field.name: plain_value(getattr(policy, field.name)) for field in dataclasses.fields(policy)}


def as_written(policy: Policy) -> str:
    """Return the policy as one would write it: only parameters that differ from their default."""
    parts = [
        f"{field.name}={dict(value) if isinstance(value, Mapping) else value!r}"
        for field in dataclasses.fields(policy)
        if (value := getattr(policy, field.name)) != default_of(field)
    ]
    return f"{type(policy).__name__}({', '.join(parts)})"


def version_of(kind: type[Policy]) -> int:
    """Return the version of a policy's rule: 1 until the same parameters give other segments."""
    return int(getattr(kind, "version", 1))


def is_policy(thing: object) -> bool:
    """Whether it is a policy, not merely the class of one."""
    return dataclasses.is_dataclass(thing) and not isinstance(thing, type) and hasattr(thing, "assign")


def _spelt(policy: Policy, *, versions: bool) -> dict[str, Any]:
    values = {field.name: getattr(policy, field.name) for field in dataclasses.fields(policy)}
    parameters = {name: plain_value(value, versions=versions) for name, value in values.items()}
    version = {"version": version_of(type(policy))} if versions else {}
    return {"name": type(policy).__name__, **version, "parameters": parameters}


def plain_value(value: Any, *, versions: bool = False) -> Any:
    """Return a value as JSON gives it back unchanged; with the versions of the rules where asked."""
    if is_policy(value):
        return _spelt(value, versions=versions)
    if isinstance(value, Mapping):
        return {key: plain_value(each, versions=versions) for key, each in value.items()}
    if isinstance(value, tuple):
        return [plain_value(each, versions=versions) for each in value]
    return value


def default_of(field: dataclasses.Field[Any]) -> Any:
    """Return the default of a parameter; ``dataclasses.MISSING`` where it has none."""
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()
