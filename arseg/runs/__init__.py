"""A run: an experiment file, notebooks, a journal, MLflow, and one publication behind one pointer.

A stage notebook needs only ``open_run``. What starts runs stands in ``arseg.runs.month_end``, which
loads papermill and is therefore not imported here.
"""

from __future__ import annotations

from arseg.runs.experiment import Experiment, read_experiment
from arseg.runs.journal import Run, open_run
from arseg.runs.sections import Part

__all__ = ["Experiment", "Part", "Run", "open_run", "read_experiment"]
