"""Our own durable records."""
