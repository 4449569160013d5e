"""Question (c) of a backtest: what would have happened under another policy, where history can speak of it.

Decisions come from the log, propensities from the log or from a model, outcomes from cross-fitted models;
the support verdict stands before any figure (science 4.3).
"""

from __future__ import annotations
