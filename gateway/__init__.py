"""HTTP, credentials, limits, health, command line: the outermost layer and all wiring."""
