"""Departments that drop CSV, Excel or Parquet files into a folder: answered from a private SQLite snapshot."""
