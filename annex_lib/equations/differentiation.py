"""Derivatives by entries, by whole variables, by vec of a variable."""

from annex_lib.equations.context import Variable
from annex_lib.equations.tensors import ONE, Tensor
from annex_lib.equations.tokens import Unreadable
from annex_lib.equations.tree import show

__all__ = ["Derivatives"]


def reached(core):
    """Variables that a core expression depends on, definitions opened."""
    out, stack = set(), [core]
    while stack:
        part = stack.pop()
        if isinstance(part, Variable) and part not in out:
            out.add(part)
            stack.append(part.body)
        elif isinstance(part, tuple):
            stack.extend(part)
    return out


class Derivatives:
    """The part of the elaborator that takes derivatives."""

    def _d(self, tree, scope, of, bys):
        self.points.append(self.point(bys[-1], scope))
        try:
            tensor = self.value(of, scope)
        finally:
            self.points.pop()
        for by in reversed(bys):
            tensor = self.derivative(tensor, by, scope, of)
        return tensor

    def _operator(self, tree, scope, bys, body):
        return self._d(tree, scope, body, bys)

    def _nabla(self, tree, scope, by, body):
        return self._d(tree, scope, body, (by,))

    def derivative(self, tensor, by, scope, of):
        """Differentiate by an entry, or by a whole variable, whose axes come last."""
        if by.kind == "index" and by.parts[0].kind == "sym":
            return self.by_entry(tensor, by, scope)
        stacked = by.kind == "call" and show(by.parts[0]) == r"\mathrm{vec}"
        inner = by.parts[1][0] if stacked else by
        variable = self.variable(inner)
        self.check_order(tensor, variable, by)
        n = len(tensor.shape)
        whole = Tensor(
            tensor.shape + variable.shape,
            lambda ixs: ("d", tensor.entry(ixs[:n]), variable, ixs[n:]),
        )
        whole.chain = (self.same_variable(of), variable, bool(n))
        if stacked:
            return self.stacked(tensor, variable)
        if self.context.row_layout and not n and len(variable.shape) == 1:
            row = Tensor((ONE, *variable.shape), lambda ixs: whole.entry(ixs[1:]))
            row.chain = whole.chain
            return row
        return whole

    def by_entry(self, tensor, by, scope):
        """Differentiate by one entry of a variable."""
        base, slots = by.parts
        variable = self.pick(base.parts[0], slots, scope)
        if variable is None:
            self.context.need(base.parts[0], by.at)
        self.check_order(tensor, variable, by)
        place = self.indexed(self.whole(variable), slots, scope, variable.name).entry(())
        return Tensor(tensor.shape, lambda ixs: ("d", tensor.entry(ixs), variable, place[2]))

    def check_order(self, tensor, variable, by):
        """Refuse dx/df where f is defined by x and x isn't by f: it is not zero."""
        if variable.body is None:
            return
        core = tensor.entry(tuple(("n", 0) for _ in tensor.shape))
        above, below = reached(core), reached(variable.body)
        if variable not in above and above & below:
            raise Unreadable(
                f"'{show(by)}' is defined by what stands above it, not the other way round", by.at
            )

    def stacked(self, tensor, variable):
        """Differentiate by vec of a variable."""
        n = len(tensor.shape)
        flat = self.forms.vec(self.whole(variable))

        def entry(ixs):
            _, _, place = flat.entry(ixs[n:])
            return ("d", tensor.entry(ixs[:n]), variable, place)

        return Tensor(tensor.shape + flat.shape, entry)

    def variable(self, tree):
        """Return the variable that a derivative is taken by."""
        variable = self.context.find(tree.parts[0]) if tree.kind == "sym" else None
        if variable is None:
            bare = tree.kind == "sym" and not self.context.knows(tree.parts[0])
            if bare:
                self.context.need(tree.parts[0], tree.at)
            raise Unreadable(f"'{show(tree)}' is not a variable to differentiate by", tree.at)
        return variable

    def same_variable(self, tree):
        """Return the variable that a tree names, or None."""
        return self.context.find(tree.parts[0]) if tree.kind == "sym" else None
