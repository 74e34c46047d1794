"""Why the sides differ: kinds of changes, pairs of groups that differ in one, ablations, the run that tells most."""
