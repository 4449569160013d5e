"""Contacts of the last days."""

from __future__ import annotations

from oracle.known import Known, Row


def figures(known: Known, key: str) -> Row:
    """Return what the block must say of a customer."""
    if "contacts" not in known.present:
        return {f"contact_count_{days}d": None for days in (30, 90)}
    ago = [known.ago(row["contacted_on"]) for row in known.of("contacts", key)]
    return {f"contact_count_{days}d": sum(a < days for a in ago) for days in (30, 90)}
