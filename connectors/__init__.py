"""Departments behind one contract: released columns only, each in its guards."""
