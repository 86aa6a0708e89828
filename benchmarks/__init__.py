"""What one ask costs, beside an endpoint written by hand over the same databases: `python -m benchmarks`."""
