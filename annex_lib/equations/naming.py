"""Names and what follows them: decorations, arguments, subscripts, transposes, powers."""

from fractions import Fraction

from annex_lib.equations.tokens import Unreadable, split
from annex_lib.equations.tree import node
from annex_lib.equations.words import BUILTINS, TRANSPOSES, is_name

__all__ = ["Naming"]


class Naming:
    """The part of the parser that reads names."""

    def named(self):
        """Read a name: the longest declared decoration first, then subscripts and powers."""
        at, name = self.at, self.take().text
        if not is_name(name):
            raise Unreadable(f"can't read '{name}' here", at)
        if name == "e" and self.here == "^" and not self.names.knows("e"):
            self.take()
            call = node("call", node("builtin", "exp"), (self.inside(self.group()),), at=at)
            return self.after(call)
        if name == "D" and self._differential():
            return self.applied(node("D", self.function_name(), at=at))
        if name == "I" and not self.names.knows("I"):
            return self.after(self.identity(at))
        name = self.decorated(name)
        symbol = node("sym", name, at=at)
        if self.here.startswith("'"):
            if not self.names.is_function(name):
                return self.after(node("sym", self.primed(name), at=at))
            count = 0
            while self.here == "'":
                count += bool(self.take())
            return self.applied(node("prime", symbol, count, at=at))
        if self.names.is_function(name):
            return self.applied(symbol)
        return self.after(symbol)

    def primed(self, name):
        """Index letters and names may carry primes."""
        while self.here == "'":
            name += self.take().text
        return name

    def decorated(self, name):
        """Join scripts that were declared as part of the name: h_1, W^*, W^{(2)}, w^*_{ij}."""
        best, here = name, self.k
        for k, longer in self._decorations(name):
            if self.names.knows(longer):
                best, here = longer, k
        self.k = here
        return best

    def _decorations(self, name):
        while self.here in ("_", "^"):
            mark = self.take().text
            name += mark + "".join(token.text for token in self.group())
            yield self.k, name

    def _differential(self):
        return not self.names.knows("D") and (self.names.is_function(self.here) or self.here == "(")

    def function_name(self):
        if self.here == "(":
            return self.inside(self.group())
        return node("sym", self.decorated(self.take().text), at=self.at)

    def identity(self, at):
        if self.here != "_":
            return node("identity", None, at=at)
        self.take()
        return node("identity", self.inside(self.group()), at=at)

    def applied(self, function):
        """Read a function with its arguments, or the function itself."""
        if not self.names.is_function_node(function):
            return self.after(function)
        if self.here == r"\circ":
            self.take()
            other = self.function_name() if self.here != "(" else self.inside(self.group())
            return self.applied(node("compose", function, other, at=function.at))
        slots = self._entry_of_map(function)
        if self.here != "(":
            return self.after(function)
        parts = [part for _, part in split(self.group(), ",", ";")]
        arguments = tuple(self.inside(part) for part in parts)
        call = node("call", function, arguments, at=function.at)
        return self.after(node("index", call, slots, at=function.at) if slots else call)

    def _entry_of_map(self, function):
        """f_i(x) is entry i of f(x)."""
        if self.here != "_" or function.kind != "sym":
            return None
        start = self.k
        self.take()
        group = self.group()
        if self.here == "(":
            return self.slots(group)
        self.k = start
        return None

    def after(self, base, at=None):
        """Subscripts, transposes and powers."""
        while self.here in ("_", "^"):
            place = self.at
            if self.take().text == "_":
                base = node("index", base, self.slots(self.group()), at=base.at)
                continue
            inner = self.group()
            if len(inner) == 1 and inner[0].text in TRANSPOSES and inner[0].text != "":
                base = node("T", base, at=base.at)
            elif inner and inner[0].text in ("(", "*", r"\star", "'"):
                text = "".join(token.text for token in inner)
                raise Unreadable(f"the superscript '{text}' belongs to no declared name", place)
            else:
                base = node("pow", base, self.inside(inner, place), at=base.at)
        return base

    def slots(self, tokens):
        """Read indices: one list of atoms for each slot between commas, or one expression."""
        if not tokens:
            raise self.trouble("an empty subscript")
        out = []
        for _, part in split(tokens, ","):
            parser = type(self)(part, self.names, tokens[-1].at + 1)
            atoms = parser.atoms()
            out.append(tuple(atoms) if atoms else (self.inside(part, tokens[-1].at + 1),))
        return tuple(out)

    def atoms(self):
        """Letters and numbers side by side; None where anything else stands."""
        out = []
        for token in self.tokens:
            if token.text == "'" and out and out[-1].kind == "sym":
                out[-1] = node("sym", out[-1].parts[0] + "'", at=out[-1].at)
            elif token.text.isdigit():
                out.append(node("num", Fraction(token.text), token.text, at=token.at))
            elif is_name(token.text) and token.text not in BUILTINS:
                out.append(node("sym", token.text, at=token.at))
            else:
                return None
        return out
