"""Several processes that serve one address: a supervisor, which serves nothing itself, and its workers."""
