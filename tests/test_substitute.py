"""Substitutes: exceptions of another's name that carry a text and nothing else."""

from __future__ import annotations

import pickle

from anivault_loguru.substitute import substitute


def test_a_substitute_has_the_name_and_says_the_text() -> None:
    """A sink that formats it shows the name that the exception had."""
    kind, value, trace = substitute(KeyError, "told")
    assert (kind.__module__, kind.__name__, str(value), trace) == (
        "builtins",
        "KeyError",
        "told",
        None,
    )


def test_a_substitute_can_be_pickled() -> None:
    """Class and value come back, and belong together."""
    kind, value, _ = substitute(KeyError, "told")
    other_kind, other = pickle.loads(pickle.dumps(kind)), pickle.loads(pickle.dumps(value))
    assert other_kind is type(other)
    assert (other_kind.__name__, str(other)) == ("KeyError", "told")
