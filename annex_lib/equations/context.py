"""What the prose has declared: sizes, tensors, functions, ranges of indices, settings."""

import itertools
from dataclasses import dataclass, field

from annex_lib.equations.sizes import same_size
from annex_lib.equations.tokens import Unreadable

__all__ = ["Context", "Function", "Variable", "entry_name"]

_serial = itertools.count()


@dataclass(eq=False)
class Variable:
    """A tensor: its axes as sizes, and its definition if it has one."""

    name: str
    shape: tuple
    body: tuple | None = None  # core expression of one entry
    formals: tuple = ()  # index names in `body`
    zero_outside: bool = False
    nonzero: bool = False
    positive: bool = False
    distinct: bool = False
    serial: int = field(default_factory=lambda: next(_serial))


@dataclass(eq=False)
class Function:
    """A map between spaces: arbitrary, or given by a tree in its formal arguments."""

    name: str
    domains: tuple  # of shapes; None where it is only known from use
    codomain: tuple | None
    body: object = None  # tree
    formals: tuple = ()
    indices: tuple = ()
    twice: bool = False
    serial: int = field(default_factory=lambda: next(_serial))


def entry_name(name):
    """Lower-case the letter of a name, which names the entries of the tensor."""
    if name.startswith("\\"):
        head, brace, rest = name.partition("{")
        if brace:
            return head + brace + entry_name(rest)
        return "\\" + name[1:2].lower() + name[2:]
    return name[:1].lower() + name[1:]


class Context:
    """The names of one section of a chapter."""

    def __init__(self):
        self.variables, self.entries, self.functions = {}, {}, {}
        self.sizes = {}  # name to None (free) or a core size (derived)
        self.ranges = {}  # index letter to (low, high + 1), core sizes
        self.settings = {}  # name to (lowest, highest), whole numbers
        self.bound = {}  # unique index name to (low, high + 1): all displays together
        self.row_layout = False
        self.twice = False
        self.pairs = []  # names joined by a definition, for messages

    # ---- questions that the parser asks

    def knows(self, name):
        """Tell whether the name has been declared, as anything."""
        return any(
            name in table
            for table in (self.variables, self.entries, self.functions, self.sizes, self.settings)
        )

    def is_function(self, name):
        """Tell whether the name is a function."""
        return name in self.functions

    def is_function_node(self, tree):
        """Tell whether a tree is a function rather than a value."""
        if tree.kind == "sym":
            return self.is_function(tree.parts[0])
        return tree.kind in ("compose", "prime", "D")

    def is_size(self, name):
        """Tell whether the name is a whole number."""
        return name in self.sizes or name in self.settings

    def find(self, name, axes=None):
        """Return the tensor that a name stands for; the number of indices decides.

        `x` with one index may be the vector x, with two the entries of X.
        """
        own, other = self.variables.get(name), self.entries.get(name)
        if axes is None:
            return own or (other if other and not other.shape else None)
        for variable in (own, other):
            if variable is not None and len(variable.shape) == axes:
                return variable
        return own or other

    # ---- what declarations do

    def add_size(self, name, value=None):
        """Declare a size, free or given by others."""
        if value is not None or name not in self.sizes:
            self.sizes[name] = value

    def add_variable(self, name, shape, **facts):
        """Declare a tensor; the same again changes nothing, a definition stays."""
        old = self.variables.get(name)
        if old is not None and self.same_shape(old.shape, shape):
            for fact, value in facts.items():
                setattr(old, fact, value)
            return old
        variable = Variable(name, shape, **facts)
        self.variables[name] = variable
        self.functions.pop(name, None)
        if shape and entry_name(name) != name:
            self.entries[entry_name(name)] = variable
        return variable

    def add_function(self, function):
        """Declare a function."""
        self.functions[function.name] = function
        if function.body is None:
            self.variables.pop(function.name, None)

    def same_shape(self, a, b):
        """Tell whether two shapes are equal as expressions in the sizes."""
        return len(a) == len(b) and all(same_size(x, y, self) for x, y in zip(a, b, strict=True))

    def need(self, name, at):
        """Raise the error for a name that nothing declares."""
        raise Unreadable(f"unknown symbol '{name}': declare it in this section's prose", at)
