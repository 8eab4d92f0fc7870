"""Many reports: which are made, which are stale, the index of all."""
