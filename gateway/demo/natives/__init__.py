"""The departments' own databases: their tables, names and ways of writing, and a life told in them.

Each module holds `METADATA` and `rows(life, day)`, which yields (table, row) in the order of the table's columns.
"""
