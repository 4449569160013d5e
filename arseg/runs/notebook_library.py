"""nbformat and papermill, without a grammar of web addresses.

nbformat's validator reads one where it is installed, as JupyterLab does, and takes longer over it than all else that
a run imports; no notebook is checked against it.
"""

from __future__ import annotations

from arseg.imported_without import imported_without

with imported_without("rfc3987_syntax"):
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError
    from papermill.exceptions import PapermillExecutionError

__all__ = ["CellTimeoutError", "PapermillExecutionError", "nbformat", "papermill"]
