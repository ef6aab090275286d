"""Tokens to a tree, one function a construction; nothing is skipped, nothing is guessed."""

from fractions import Fraction

from annex_lib.equations.tokens import OPENERS, SPACES, Token, Unreadable, split
from annex_lib.equations.tree import node

__all__ = ["Parser", "parse"]

BUILTINS = {
    r"\exp": "exp", r"\log": "log", r"\tanh": "tanh", r"\sin": "sin", r"\cos": "cos",
    r"\mathrm{erf}": "erf", r"\mathrm{sign}": "sign", r"\mathrm{sgn}": "sign",
}  # fmt: skip
STRUCTURAL = {r"\mathrm{vec}", r"\mathrm{diag}", r"\mathrm{tr}", r"\mathrm{Tr}"}
RELATIONS = {"<", ">", r"\leq", r"\geq", r"\neq", "="}
ENDS = {"", "+", "-", ",", "&", "=", ":=", r"\\", ";", ":", r"\in", r"\to", r"\mapsto", "|", r"\mid",
        r"\rVert", r"\rvert", r"\|", r"\}", r"\rangle", r"\rfloor", r"\rceil", ")", "]", "}",
        r"\text"} | RELATIONS  # fmt: skip
PRODUCTS = {r"\cdot", r"\times", "*"}
TRANSPOSES = {r"\top", "T", r"\mathrm{T}", r"\mathsf{T}"}
PARTIALS = {r"\partial", r"\mathrm{d}"}
END = ""


class Parser:
    """Reads one token list; `names` is the context, which knows what has been declared."""

    def __init__(self, tokens, names, end=None):
        self.tokens, self.names, self.k = [t for t in tokens if t.text not in SPACES], names, 0
        last = self.tokens[-1] if self.tokens else Token("", 0)
        self.end = last.at + len(last.text) if end is None else end

    # ---- moving on

    @property
    def here(self):
        """Text of the next token, empty at the end."""
        return self.tokens[self.k].text if self.k < len(self.tokens) else END

    @property
    def at(self):
        """Place of the next token."""
        return self.tokens[self.k].at if self.k < len(self.tokens) else self.end

    def take(self, wanted=None):
        """Take the next token; it must be the one wanted."""
        token = Token(self.here, self.at)
        if wanted is not None and token.text != wanted:
            raise self.trouble(f"expected '{wanted}' but found '{token.text or 'the end'}'")
        if token.text == END:
            raise self.trouble("the formula ends too early")
        self.k += 1
        return token

    def trouble(self, message):
        """Make the error that names this place."""
        return Unreadable(message, self.at)

    def group(self):
        """Take the tokens of a bracketed group, or one token."""
        first = self.take()
        close = OPENERS.get(first.text) or first.text.replace(r"\begin", r"\end")
        if close == first.text:
            return [first]
        depth, start = 1, self.k
        while depth:
            token = self.take()
            depth += (token.text in OPENERS or token.text.startswith(r"\begin{")) - (
                token.text in OPENERS.values() or token.text.startswith(r"\end{")
            )
        return self.tokens[start : self.k - 1]

    def inside(self, tokens, end=None):
        """Read a whole token list as one expression."""
        parser = Parser(tokens, self.names, end if tokens else self.at)
        out = parser.expression()
        if parser.here != END:
            raise parser.trouble(f"can't read '{parser.here}' here")
        return out

    # ---- sums, products, quotients

    def expression(self):
        """Terms with signs between them."""
        terms, at = [], self.at
        while not terms or self.here in ("+", "-"):
            signs = []
            while self.here in ("+", "-"):
                signs.append(self.take().text)
            if len(signs) > 1:
                raise self.trouble("two signs follow each other")
            term = self.term()
            terms.append(node("neg", term, at=at) if signs == ["-"] else term)
        return terms[0] if len(terms) == 1 else node("add", *terms, at=at)

    def term(self):
        """Factors side by side; the body of a sum is the rest of its term."""
        at, out = self.at, self.product()
        while self.here in (r"\odot", r"\otimes"):
            kind = self.take().text[1:]
            out = node(kind, out, self.product(), at=at)
        return out

    def product(self):
        at, factors = self.at, [self.factor()]
        while self.here not in ENDS and self.here not in (r"\odot", r"\otimes"):
            if self.here.startswith((r"\text", r"\end")):
                break
            if self.here in PRODUCTS:
                self.take()
                factors.append(self.factor())
            elif self.here == "/":
                self.take()
                factors[-1] = node("frac", factors[-1], self.factor(), at=at)
            elif self.here == r"\circ":
                self.take()
                factors[-1] = node("compose", factors[-1], self.factor(), at=at)
            else:
                factors.append(self.factor())
        return factors[0] if len(factors) == 1 else node("mul", *factors, at=at)

    # ---- factors

    def factor(self):
        """One factor with what follows it: subscripts, transposes, powers, arguments."""
        special = getattr(self, _SPECIAL.get(self.here, ""), None)
        if self.here in ("{",):
            return self.after(self.inside(self.group()))
        if special:
            return special()
        if self.here.startswith(r"\begin{"):
            return self.environment()
        if self.here[:1].isdigit():
            return self.after(node("num", Fraction(self.here), at=self.take().at))
        if self.here in BUILTINS:
            return self.builtin()
        if self.here in STRUCTURAL:
            name = node("builtin", self.here, at=self.take().at)
            return self.after(node("call", name, (self.bracketed(),), at=name.at))
        return self.named()

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
        from annex_lib.equations.blocks import block_row

        return block_row(self)

    def environment(self):
        """Matrices and cases."""
        from annex_lib.equations.blocks import environment

        return environment(self)

    def fraction(self):
        r"""\frac: a quotient or a derivative."""
        at = self.take().at
        above, below = self.group(), self.group()
        if above and below and _is_partial(above, below, self.names):
            return self.derivative(above, below, at)
        return self.after(node("frac", self.inside(above), self.inside(below), at=at))

    def derivative(self, above, below, at):
        top = Parser(above, self.names)
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
        at = self.at
        if self.here == r"\lVert":
            inner = self.inside(self.group())
        else:
            inner = self._until(self.take().text)
        if self.here == "_":
            self.take()
            kind = "".join(token.text for token in self.group())
            if kind not in ("2", "F", r"\mathrm{F}"):
                raise Unreadable(f"the norm with index '{kind}' is not read", at)
        return self.after(node("norm", inner, at=at))

    def absolute(self):
        r"""|x| or \lvert x \rvert."""
        at = self.at
        if self.here == r"\lvert":
            return self.after(node("abs", self.inside(self.group()), at=at))
        return self.after(node("abs", self._until(self.take().text), at=at))

    def _until(self, close):
        out = self.expression()
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

    # ---- names and what follows them

    def named(self):
        """Read a name: the longest declared decoration first, then subscripts and powers."""
        at, name = self.at, self.take().text
        if not _is_name(name):
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
            parser = Parser(part, self.names, tokens[-1].at + 1)
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
            elif _is_name(token.text) and token.text not in BUILTINS:
                out.append(node("sym", token.text, at=token.at))
            else:
                return None
        return out


_SPECIAL = {
    "(": "parenthesis", "[": "square", r"\frac": "fraction", r"\sum": "sum", r"\delta": "delta",
    r"\lVert": "norm", r"\|": "norm", "|": "absolute", r"\lvert": "absolute",
    r"\langle": "pair", r"\lfloor": "floor", r"\lceil": "floor", r"\sqrt": "root",
    r"\max": "extreme", r"\min": "extreme", r"\mathbb{1}": "indicator",
    r"\mathbf{1}": "indicator", r"\underbrace": "labelled", r"\overbrace": "labelled",
    r"\boxed": "boxed", r"\nabla": "slope", r"\partial": "written_derivative",
}  # fmt: skip

_GREEK = set(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "varrho",
        "sigma",
        "tau",
        "upsilon",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
        "ell",
        "hbar",
        "imath",
        "jmath",
    ]
)
_STYLES = r"\mathbf{", r"\mathrm{", r"\mathcal{", r"\mathsf{", r"\mathit{", r"\boldsymbol{", r"\bm{"
_ACCENTS = (
    r"\hat{",
    r"\tilde{",
    r"\bar{",
    r"\overline{",
    r"\widehat{",
    r"\widetilde{",
    r"\dot{",
    r"\vec{",
)


def _is_name(text):
    if text.startswith("\\"):
        return text[1:] in _GREEK or text.startswith(_STYLES + _ACCENTS)
    return len(text) == 1 and text.isalpha()


def _is_partial(above, below, names):
    first = above[0].text, below[0].text
    if first[0] in PARTIALS and first[1] in PARTIALS:
        return True
    return first == ("d", "d") and not names.knows("d")


def _trailing_square(part):
    texts = [token.text for token in part]
    return 2 if len(texts) > 2 and texts[-2:] == ["^", "2"] else 1


def letters(tokens):
    """Read index letters side by side, each perhaps primed."""
    out = []
    for token in tokens:
        if token.text == "'" and out:
            out[-1] += "'"
        elif _is_name(token.text):
            out.append(token.text)
        else:
            raise Unreadable(f"can't read '{token.text}' as an index", token.at)
    return tuple(out)


def parse(tokens, names, end=None):
    """Read a whole token list as one expression.

    Parameters
    ----------
    tokens : list of Token
    names : Context
        Knows which names are declared, and which of them are functions.
    end : int, optional
        Place to blame when the formula ends too early.

    Returns
    -------
    Node

    Raises
    ------
    Unreadable
        If a token is outside the grammar.
    """
    if not tokens:
        raise Unreadable("an empty member", end or 0)
    return Parser(tokens, names).inside(tokens, end)
