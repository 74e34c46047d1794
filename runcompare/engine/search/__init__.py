"""Test-time search: beam, rewards, study."""
