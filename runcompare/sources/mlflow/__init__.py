"""MLflow: SQLite stores, file stores, servers."""
