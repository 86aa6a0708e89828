"""Pictures of every page, from the demo itself: `make shots`."""
