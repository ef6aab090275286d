"""Tokens to a tree, one function a construction; nothing is skipped, nothing is guessed."""

from fractions import Fraction

from annex_lib.equations.constructions import SPECIAL, Constructions
from annex_lib.equations.naming import Naming
from annex_lib.equations.tokens import OPENERS, SPACES, Token, Unreadable, one_digit
from annex_lib.equations.tree import node
from annex_lib.equations.words import BUILTINS, END, ENDS, PRODUCTS, STRUCTURAL

__all__ = ["Parser", "parse"]


class Parser(Constructions, Naming):
    """Reads one token list; `names` is the context, which knows what has been declared."""

    def __init__(self, tokens, names, end=None):
        self.tokens, self.names, self.k = [t for t in tokens if t.text not in SPACES], names, 0
        self.bars = set()  # those that stand open: the next one closes
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
        """Take the tokens of a bracketed group, or one token, of a number one digit."""
        if self.k < len(self.tokens):
            self.tokens[self.k : self.k + 1] = one_digit(self.tokens[self.k])
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
        while self.goes_on():
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

    def goes_on(self):
        """Tell whether another factor follows; a bar opens one unless it closes."""
        if self.here in ("|", r"\|"):
            return self.here not in self.bars
        return self.here not in ENDS and self.here not in (r"\odot", r"\otimes")

    def factor(self):
        """One factor with what follows it: subscripts, transposes, powers, arguments."""
        special = getattr(self, SPECIAL.get(self.here, ""), None)
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
