"""Many runs into the store, on workers."""
