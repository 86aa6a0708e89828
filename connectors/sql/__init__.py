"""Departments on SQL databases: one statement per department and fetch, compiled once, run on the driver itself."""
