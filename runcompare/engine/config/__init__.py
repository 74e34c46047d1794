"""The engine's configuration: schema, reading, checks."""
