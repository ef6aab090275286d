r"""Constructions with a command of their own: fractions, derivatives, sums, norms, maxima."""

from annex_lib.equations.blocks import block_row, environment
from annex_lib.equations.tokens import Unreadable, split
from annex_lib.equations.tree import node
from annex_lib.equations.words import BUILTINS, END, ENDS, PARTIALS, RELATIONS, letters

__all__ = ["SPECIAL", "Constructions"]


class Constructions:
    """The part of the parser that reads constructions."""

    def bracketed(self):
        if self.here not in ("(", "[", "{", r"\{"):
            return self.factor()
        return self.inside(self.group())

    def parenthesis(self):
        at = self.at
        return self.applied(self.after_brackets(self.inside(self.group()), at))

    def after_brackets(self, inner, at):
        if inner.kind in ("compose", "D") or self.names.is_function_node(inner):
            return inner
        return self.after(inner, at)

    def square(self):
        r"""[W \; b] is a block row, [a + b] a bracket."""
        return block_row(self)

    def environment(self):
        """Matrices and cases."""
        return environment(self)

    def fraction(self):
        r"""\frac: a quotient or a derivative."""
        at = self.take().at
        above, below = self.group(), self.group()
        if above and below and _is_partial(above, below, self.names):
            return self.derivative(above, below, at)
        return self.after(node("frac", self.inside(above), self.inside(below), at=at))

    def derivative(self, above, below, at):
        top = type(self)(above, self.names)
        order = self._order(top)
        bys = self._bys(below)
        if len(bys) != order:
            raise Unreadable(f"a derivative of order {order} by {len(bys)} variables", at)
        if top.here == END:
            return self.operator(bys, at)
        of = top.expression()
        if top.here != END:
            raise top.trouble(f"can't read '{top.here}' here")
        return self.after(node("d", of, bys, at=at))

    def operator(self, bys, at):
        if self.here in ("(", "[", "{"):
            body = self.inside(self.group())
            return self.after(node("operator", bys, body, at=at))
        return node("operator", bys, self.term(), at=at)

    def _order(self, top):
        top.take()
        if top.here != "^":
            return 1
        top.take()
        digits = top.group()
        if len(digits) != 1 or digits[0].text not in ("1", "2"):
            raise top.trouble("only first and second derivatives are read")
        return int(digits[0].text)

    def _bys(self, below):
        out = []
        for token, part in split(below, *PARTIALS, "d"):
            if token is None and not part:
                continue
            if token is None:
                raise Unreadable(f"'{part[0].text}' before the first \\partial", part[0].at)
            power = _trailing_square(part)
            out += [self.inside(part[:-2] if power == 2 else part, token.at + 8)] * power
        return tuple(out)

    def sum(self):
        r"""\sum with or without limits."""
        at = self.take().at
        self.take("_")
        below = self.group()
        low = high = None
        if any(token.text == "=" for token in below):
            (_, below), *rest = split(below, "=")
            if len(rest) != 1:
                raise Unreadable("the lower limit of a sum has the form k=0", at)
            low = self.inside(rest[0][1])
        names = letters([t for t in below if t.text != ","])
        if self.here == "^":
            self.take()
            high = self.inside(self.group())
        if (low is None) != (high is None) or (low is not None and len(names) != 1):
            raise Unreadable("a sum has both limits and one index, or no limits", at)
        if not names:
            raise Unreadable("a sum without an index", at)
        return node("sum", names, low, high, self.term(), at=at)

    def delta(self):
        """Read a Kronecker delta, unless the name has been declared."""
        if self.names.knows(r"\delta"):
            return self.named()
        at = self.take().at
        self.take("_")
        return self.after(node("delta", self.slots(self.group()), at=at))

    def norm(self):
        r"""\lVert v \rVert, perhaps with index 2 or F, perhaps squared."""
        at, kind = self.at, ""
        if self.here == r"\lVert":
            inner = self.inside(self.group())
        else:
            inner = self._until(self.take().text)
        if self.here == "_":
            self.take()
            kind = "".join(token.text for token in self.group())
            if kind not in ("2", "F", r"\mathrm{F}"):
                raise Unreadable(f"the norm with index '{kind}' is not read", at)
        return self.after(node("norm", inner, *(("2",) if kind == "2" else ()), at=at))

    def absolute(self):
        r"""|x| or \lvert x \rvert."""
        at = self.at
        if self.here == r"\lvert":
            return self.after(node("abs", self.inside(self.group()), at=at))
        return self.after(node("abs", self._until(self.take().text), at=at))

    def _until(self, close):
        if close in self.bars:
            raise self.trouble(f"'{close}' within itself: write \\lvert, \\lVert")
        self.bars.add(close)
        out = self.expression()
        self.bars.discard(close)
        self.take(close)
        return out

    def pair(self):
        r"""\langle u, v \rangle."""
        at = self.at
        parts = split(self.group(), ",")
        if len(parts) != 2:
            raise Unreadable("an inner product has two members", at)
        return self.after(node("inner", *(self.inside(part) for _, part in parts), at=at))

    def floor(self):
        r"""\lfloor a/b \rfloor, \lceil a/b \rceil."""
        kind = self.here[2:]
        return node(kind, self.inside(self.group()), at=self.at)

    def builtin(self):
        """exp, log, ... with brackets or without; a power before the argument is refused."""
        name = node("builtin", BUILTINS[self.here], at=self.take().at)
        if self.here == "^":
            raise self.trouble("write the power after the argument: \\exp(z)^2")
        argument = self.bracketed() if self.here in ("(", "[", "{") else self.argument()
        return self.after(node("call", name, (argument,), at=name.at))

    def argument(self):
        at, factors = self.at, [self.factor()]
        if factors[0].kind == "num" and self.here not in ENDS and self.here[0] not in "(\\":
            factors.append(self.factor())
        return factors[0] if len(factors) == 1 else node("mul", *factors, at=at)

    def root(self):
        r"""\sqrt."""
        at = self.take().at
        if self.here == "[":
            raise self.trouble("only square roots are read")
        inner = self.inside(self.group())
        return self.after(node("call", node("builtin", "sqrt"), (inner,), at=at))

    def extreme(self):
        r"""\max(a, b) or \max_j z_j; likewise \min."""
        at, which = self.at, self.take().text
        if self.here == "_":
            self.take()
            names = letters(self.group())
            return node("over", which, names, self.term(), at=at)
        parts = split(self.group(), ",")
        arguments = tuple(self.inside(part) for _, part in parts)
        return self.after(node("call", node("builtin", which[1:]), arguments, at=at))

    def indicator(self):
        r"""\mathbb{1}[x > 0]; \mathbf{1} alone is the vector of ones."""
        at, name = self.at, self.take().text
        if self.here in ("[", r"\{") or (self.here == "(" and name == r"\mathbb{1}"):
            return self.after(node("indicator", self.condition(self.group()), at=at))
        if self.here == "_":
            self.take()
            inner = self.group()
            if any(token.text in RELATIONS for token in inner):
                return self.after(node("indicator", self.condition(inner), at=at))
            return self.after(node("ones", self.inside(inner), at=at))
        return self.after(node("ones", None, at=at))

    def condition(self, tokens):
        """Read a comparison, perhaps a chain such as 0 <= i < m."""
        parts = split(tokens, *RELATIONS)
        if len(parts) < 2:
            raise Unreadable("a condition needs a comparison", tokens[0].at if tokens else self.at)
        out = [self.inside(parts[0][1])]
        for relation, part in parts[1:]:
            out += [relation.text, self.inside(part, relation.at + 1)]
        return node("cmp", *out, at=out[0].at)

    def labelled(self):
        r"""\underbrace{a}_{label}: the label is not part of the formula."""
        self.take()
        inner = self.inside(self.group())
        if self.here in ("_", "^"):
            self.take()
            label = self.group()
            if not all(token.text.startswith(r"\text") for token in label):
                raise self.trouble("the label of a brace stands in \\text{...}")
        return self.after(inner)

    def boxed(self):
        r"""\boxed{a}."""
        self.take()
        return self.after(self.inside(self.group()))

    def slope(self):
        r"""\nabla_x L."""
        at = self.take().at
        self.take("_")
        by = self.inside(self.group())
        return node("nabla", by, self.factor(), at=at)

    def written_derivative(self):
        r"""\partial f / \partial x on one line."""
        at = self.take().at
        of = self.factor()
        self.take("/")
        if self.here not in PARTIALS:
            raise self.trouble("expected \\partial after the stroke")
        self.take()
        return self.after(node("d", of, (self.factor(),), at=at))


SPECIAL = {
    "(": "parenthesis", "[": "square", r"\frac": "fraction", r"\sum": "sum", r"\delta": "delta",
    r"\lVert": "norm", r"\|": "norm", "|": "absolute", r"\lvert": "absolute",
    r"\langle": "pair", r"\lfloor": "floor", r"\lceil": "floor", r"\sqrt": "root",
    r"\max": "extreme", r"\min": "extreme", r"\mathbb{1}": "indicator",
    r"\mathbf{1}": "indicator", r"\underbrace": "labelled", r"\overbrace": "labelled",
    r"\boxed": "boxed", r"\nabla": "slope", r"\partial": "written_derivative",
}  # fmt: skip


def _is_partial(above, below, names):
    first = above[0].text, below[0].text
    if first[0] in PARTIALS and first[1] in PARTIALS:
        return True
    return first == ("d", "d") and not names.knows("d")


def _trailing_square(part):
    texts = [token.text for token in part]
    return 2 if len(texts) > 2 and texts[-2:] == ["^", "2"] else 1
