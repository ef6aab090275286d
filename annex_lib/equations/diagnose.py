"""Why a claim is false: a counterexample in small numbers, a common factor, the one-edit repair."""

__all__ = ["explain"]


def explain(verdict, trees, claim, outcome, context, pins, member):
    """Fill in place, reason and repair of a refuted claim."""
