"""``python -m arseg`` is ``arseg``."""

from __future__ import annotations

from arseg.cli import main

if __name__ == "__main__":
    main()
