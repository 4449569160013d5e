"""Pages of the reference: every public name of the package once, where a reader would import it from."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]


def public_names() -> dict[str, list[str]]:
    """Return, by room or module, its public names; a name that a room exports stands with the room alone.

    The verbs of `arseg` itself stand with the rooms that they come from, and the command line has a page of its own.
    """
    paths = {_module(path): path for path in sorted((ROOT / "arseg").rglob("*.py"))}
    trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in paths.items()}
    rooms = [name for name, path in paths.items() if path.stem == "__init__"]
    exported = {name: names for name in rooms if (names := _exported(trees[name]))}
    made = {name: _defined(tree) for name, tree in trees.items() if name not in rooms}
    taken = {origin for name in exported if name != "arseg" for origin in _origins(trees, name)}
    for module, one in list(taken):
        # A module may hand on what another made.
        taken |= {(source, name) for source, name in _origins(trees, module) if name == one}
    own = {name: [one for one in names if (name, one) not in taken] for name, names in made.items()}
    found = {name: names for name, names in {**exported, **own}.items() if names}
    return {name: found[name] for name in sorted(found) if not _elsewhere(name)}


def pages() -> dict[str, str]:
    """Return reStructuredText by page: one per room, its own names first and then those of its modules."""
    rooms: dict[str, dict[str, list[str]]] = {}
    for module, names in public_names().items():
        rooms.setdefault(".".join(module.split(".")[:2]), {})[module] = names
    return {room: _page(room, modules) for room, modules in rooms.items()}


def _page(room: str, modules: Mapping[str, list[str]]) -> str:
    lines = [room, "=" * len(room), ""]
    for module, names in modules.items():
        if module == room:
            lines += [f".. automodule:: {module}", f"   :members: {', '.join(names)}", ""]
            continue
        lines += [module, "-" * len(module), ""]
        # A room may export a function called as its module is, so the module itself takes no place in the index.
        lines += [f".. automodule:: {module}", "   :no-index:", "   :no-members:", ""]
        for name in names:
            kind = "class" if name[0].isupper() else "function"
            lines += [f".. auto{kind}:: {module}.{name}", ""]
    return "\n".join(lines)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _elsewhere(name: str) -> bool:
    return name in {"arseg", "arseg.__main__"} or name.startswith("arseg.cli")


def _exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == [
            "__all__"
        ]:
            return [one.value for one in node.value.elts if isinstance(one, ast.Constant)]  # type: ignore[attr-defined]
    return []


def _defined(tree: ast.Module) -> list[str]:
    kinds = (ast.ClassDef, ast.FunctionDef)
    return [node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def _origins(trees: Mapping[str, ast.Module], name: str) -> Iterator[tuple[str, str]]:
    """Give the modules from which a room takes its names."""
    for node in ast.walk(trees[name]) if name in trees else ():
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
