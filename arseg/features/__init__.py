"""Features: one SQL file per family, run on a snapshot that ends at the key date.

A block (`arseg/features/*.sql`) is a query with a header that declares its columns. It is guarded
before it runs, so that it sees the snapshot and nothing else; a user's own block is a file in a folder.
"""

from __future__ import annotations

from arseg.features.block import Block, BlockColumn, parse_block, read_block
from arseg.features.build import Features, build_features, find_blocks, kept_place
from arseg.features.dictionary import dictionary_markdown, make_dictionary
from arseg.features.matrix_sql import matrix_sql

__all__ = [
    "Block",
    "BlockColumn",
    "Features",
    "build_features",
    "dictionary_markdown",
    "find_blocks",
    "kept_place",
    "make_dictionary",
    "matrix_sql",
    "parse_block",
    "read_block",
]
