"""Tables as runs: CSV, JSON lines, JSON, Parquet, data frames."""
