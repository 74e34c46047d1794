"""Energy from telemetry, counters, and data sheets."""
