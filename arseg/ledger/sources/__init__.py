"""Where rows come from: text, Excel, Parquet, DuckDB, PostgreSQL; found, matched to a layout, read as text within bounds."""
