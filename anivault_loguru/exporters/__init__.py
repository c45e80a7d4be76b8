"""Exporters: figures and entries for other people's systems. Imported only when asked for."""

from __future__ import annotations

__all__: list[str] = []
