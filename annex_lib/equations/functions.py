"""Functions at their arguments: named, arbitrary, defined, composed; max and cases."""

from functools import reduce

from annex_lib.equations.context import Variable
from annex_lib.equations.sizes import read_size
from annex_lib.equations.tensors import Tensor, scalar, shape_text
from annex_lib.equations.tokens import Illtyped, Unreadable
from annex_lib.equations.tree import node, show, walk

__all__ = ["Calls"]


class Calls:
    """The part of the elaborator that applies functions."""

    def at_point(self, tree, name):
        """Read `f` in df/dx as f(x)."""
        function = self.context.functions[name]
        point = next((p for p in reversed(self.points) if p is not None), None)
        if point is None:
            raise Unreadable(f"'{name}' is a function: give it its argument", tree.at)
        return self.apply(function, [self.whole(point)], tree)

    def point(self, by, scope):
        """Return the variable whose value a bare function in a derivative is taken at."""
        base = by.parts[0] if by.kind == "index" else by
        if base.kind != "sym":
            return None
        if by.kind == "index":
            return self.pick(base.parts[0], by.parts[1], scope)
        return self.context.find(base.parts[0])

    def _call(self, tree, scope, function, arguments):
        if function.kind == "compose":
            outer, inner = function.parts
            return self.value(node("call", outer, (node("call", inner, arguments),)), scope)
        if function.kind == "D":
            return self.differential(function.parts[0], arguments, scope, tree)
        tensors = [self.value(argument, scope) for argument in arguments]
        if function.kind == "builtin":
            return self.builtin(function.parts[0], tensors, tree)
        if function.kind == "prime":
            return self.primed(function, arguments, tensors, scope, tree)
        return self.apply(self.context.functions[function.parts[0]], tensors, tree)

    def _compose(self, tree, scope, *parts):
        raise Unreadable("a composition needs its argument: (g \\circ f)(x)", tree.at)

    _prime = _D = _compose

    def builtin(self, name, tensors, tree):
        """Apply exp and its like entry by entry; vec, diag, tr to whole tensors."""
        whole = {"vec": self.forms.vec, "diag": self.forms.diag, "tr": self.forms.trace}
        plain = name[len(r"\mathrm{") : -1].lower() if name.startswith("\\") else name
        if name in ("max", "min"):
            return self.largest(name, tensors, tree)
        if len(tensors) != 1:
            raise Unreadable(f"{plain} takes one argument", tree.at)
        if plain in whole:
            return whole[plain](tensors[0])
        return self.forms.each(lambda core: ("fun", name, 0, core), tensors[0])

    def largest(self, name, tensors, tree):
        """max(a, b): numbers with tensors entry by entry."""
        if len(tensors) < 2:
            raise Unreadable(f"{name} of one value: write \\{name}_i or two arguments", tree.at)
        return reduce(lambda a, b: self._larger(name, a, b), tensors)

    def _larger(self, name, a, b):
        if not a.shape and b.shape:
            core = a.entry(())
            return self.forms.each(lambda c: ("extreme", name, core, c), b)
        if not b.shape and a.shape:
            return self._larger(name, b, a)
        shape = self.forms.join(a, b, f"{name} of different shapes")
        return Tensor(shape, lambda ixs: ("extreme", name, a.entry(ixs), b.entry(ixs)))

    def apply(self, function, tensors, tree):
        """Apply a declared or defined function."""
        if function.domains == ((),) and function.codomain == () and len(tensors) == 1:
            return self.forms.each(lambda core: self.scalar_call(function, 0, core), tensors[0])
        if len(tensors) != len(function.domains):
            raise Illtyped(
                f"{function.name} takes {len(function.domains)} arguments, not {len(tensors)}"
            )
        for tensor, domain in zip(tensors, function.domains, strict=True):
            want = Tensor(domain, None)
            self.forms.join(tensor, want, f"'{show(tree)}': the argument and the domain differ")
        if function.body is None:
            return self.arbitrary(function, tensors)
        return self.substituted(function, tensors)

    def scalar_call(self, function, order, core):
        """Apply a function of a number, or its derivative, to a number."""
        if function.body is None:
            return ("fun", function, order, core)
        local = Variable(function.formals[0], ())
        with_local = self.body(function, [local]).entry(())
        for _ in range(order):
            with_local = ("d", with_local, local, ())
        return ("let", local, (), core, with_local)

    def body(self, function, locals_):
        """Elaborate a definition with its formal arguments bound."""
        saved, scope = dict(self.bindings), type(self.scope)()
        for letter in function.indices:
            scope[letter] = scope.fresh(letter)
        for formal, local in zip(function.formals, locals_, strict=True):
            self.bindings[formal] = self.whole(local)
        try:
            tensor = self.value(function.body, scope)
        finally:
            self.bindings = saved
        if not function.indices:
            return tensor
        names = [scope[letter] for letter in function.indices]
        core = tensor.entry(())
        for name, size in zip(names, function.codomain, strict=True):
            self.uses[name].append((size, f"of {function.name}"))
        return Tensor(
            function.codomain,
            lambda ixs: substitute(core, dict(zip(names, ixs, strict=True))),
        )

    def arbitrary(self, function, tensors):
        """Entries of a function that is only declared."""
        arguments = []
        for tensor in tensors:
            names = tuple(self.new_index(size) for size in tensor.shape)
            arguments.append((names, tensor.entry(tuple(("i", name) for name in names))))
        return Tensor(function.codomain, lambda ixs: ("app", function, ixs, tuple(arguments)))

    def bind(self, tensor, formal):
        """Give a name to a value: the variable, and what wraps an expression in it."""
        local = Variable(formal, tensor.shape)
        names = tuple(self.new_index(size) for size in tensor.shape)
        core = tensor.entry(tuple(("i", name) for name in names))
        return local, lambda body: ("let", local, names, core, body)

    def substituted(self, function, tensors):
        """Entries of a defined function at its arguments."""
        pairs = [self.bind(t, f) for t, f in zip(tensors, function.formals, strict=True)]
        body = self.body(function, [local for local, _ in pairs])

        def entry(ixs):
            return reduce(lambda core, pair: pair[1](core), pairs[::-1], body.entry(ixs))

        return Tensor(body.shape, entry)

    def primed(self, function, arguments, tensors, scope, tree):
        """Differentiate a function of a number entry by entry; f'(x) is Df(x) otherwise."""
        inner, order = function.parts
        declared = self.context.functions[inner.parts[0]]
        if declared.domains == ((),) and declared.codomain == () and len(tensors) == 1:
            return self.forms.each(lambda c: self.scalar_call(declared, order, c), tensors[0])
        if order != 1:
            raise Unreadable("a second derivative of a map is not read with primes", tree.at)
        return self.differential(inner, arguments, scope, tree)

    def differential(self, function, arguments, scope, tree):
        """Df(u): axes (output | input)."""
        if len(arguments) != 1:
            raise Unreadable("D of a function with several arguments", tree.at)
        local, wrap = self.bind(self.value(arguments[0], scope), "ξ")
        self.bindings["ξ"] = self.whole(local)
        out = self.value(node("call", function, (node("sym", "ξ"),)), scope)
        n = len(out.shape)
        return Tensor(
            out.shape + local.shape,
            lambda ixs: wrap(("d", out.entry(ixs[:n]), local, ixs[n:])),
        )

    # ---- order: max over an index, absolute value, indicators, cases

    def _over(self, tree, scope, which, letters, body):
        inner = type(scope)(scope, **{letter: scope.fresh(letter) for letter in letters})
        for letter in letters:
            self.sums[inner[letter]] = node("sum", letters, None, None, body, at=tree.at)
        core = self.number(body, inner, which)
        for letter in letters:
            core = ("over", which[1:], inner[letter], core)
        return scalar(core)

    def _abs(self, tree, scope, inner):
        return self.forms.each(lambda core: ("fun", "abs", 0, core), self.value(inner, scope))

    def _indicator(self, tree, scope, condition):
        one, zero = ("num", 1), ("num", 0)
        return self.choose(condition, scope, scalar(one), scalar(zero))

    def _cases(self, tree, scope, rows, otherwise):
        out = None if otherwise is None else self.value(otherwise, scope)
        for value, condition in reversed(rows):
            inside = self.value(value, scope)
            if out is None:
                out = self.forms.each(lambda core: ("undefined",), inside)
            out = self.choose(condition, scope, inside, out)
        return out

    def choose(self, condition, scope, yes, no):
        """Build the entries of `yes` where the condition holds, of `no` elsewhere."""
        shape = self.forms.join(yes, no, "the cases differ in shape")
        parts = condition.parts
        tests = [
            self.comparison(parts[k - 1], parts[k], parts[k + 1], scope)
            for k in range(1, len(parts), 2)
        ]
        shape, tests = self._entrywise_tests(shape, tests)

        def entry(ixs):
            return ("if", ("where", tuple(t(ixs) for t in tests)), yes.entry(ixs), no.entry(ixs))

        if not yes.shape and shape:
            return Tensor(
                shape,
                lambda ixs: (
                    "if",
                    ("where", tuple(t(ixs) for t in tests)),
                    yes.entry(()),
                    no.entry(()),
                ),
            )
        return Tensor(shape, entry)

    def _entrywise_tests(self, shape, tests):
        for axes, _ in tests:
            if axes and not shape:
                shape = axes
        return shape, [test for _, test in tests]

    def comparison(self, a, relation, b, scope):
        """One comparison: of positions and sizes, or of values."""
        relation = {r"\leq": "<=", r"\geq": ">=", r"\neq": "!=", "=": "=="}.get(relation, relation)
        if self._whole_numbers(a, scope) and self._whole_numbers(b, scope):
            x, y = (read_size(side, self.context, scope) for side in (a, b))
            if relation == "==":
                self.links.append((x, y))
            return (), lambda ixs: (relation, x, y)
        x, y = self.value(a, scope), self.value(b, scope)
        shape = x.shape or y.shape
        if x.shape and y.shape:
            self.forms.join(x, y, "can't compare")
        return shape, lambda ixs: (
            "v" + relation,
            x.entry(ixs if x.shape else ()),
            y.entry(ixs if y.shape else ()),
        )

    def _whole_numbers(self, tree, scope):
        kinds = {n.kind for _, n in walk(tree)}
        names = [n.parts[0] for _, n in walk(tree) if n.kind == "sym"]
        known = all(
            n in scope or self.context.is_size(n) or not self.context.knows(n) for n in names
        )
        return kinds <= {"num", "sym", "add", "mul", "neg"} and known

    def shape_text(self, tensor):
        """Write a shape for a message."""
        return shape_text(tensor)


def substitute(core, table):
    """Replace index names by positions."""
    if not isinstance(core, tuple) or not core:
        return core
    if core[0] == "i" and len(core) == 2:
        return table.get(core[1], core)
    return tuple(substitute(part, table) for part in core)
