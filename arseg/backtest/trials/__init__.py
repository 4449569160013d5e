"""Experiments from now on: what has to be drawn by lot, and logged, for later backtests to be able to speak."""

from __future__ import annotations
