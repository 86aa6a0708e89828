"""Departments that give JSON over HTTP."""
