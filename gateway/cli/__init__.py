"""The command line `gateway`: one file for each noun."""

from __future__ import annotations

from gateway.cli.main import main

__all__ = ["main"]
