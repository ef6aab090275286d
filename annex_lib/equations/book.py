"""Markdown in, verdicts out: the context grows with the prose, each display gets its verdict."""

import re

from annex_lib.equations.claims import elaborate
from annex_lib.equations.context import Context
from annex_lib.equations.decide import decide, evaluable
from annex_lib.equations.declarations import declare, declare_map, names_a_tensor
from annex_lib.equations.definitions import define
from annex_lib.equations.diagnose import explain
from annex_lib.equations.parse import parse
from annex_lib.equations.prose import Display, Heading, pieces, read_prose
from annex_lib.equations.sizes import show_size
from annex_lib.equations.spaces import space
from annex_lib.equations.statements import statements
from annex_lib.equations.tokens import Illtyped, Unreadable
from annex_lib.equations.verdicts import UsageError, Verdict, Verdicts

__all__ = ["Reader", "check"]


def check(markdown, chapter="", diagnose=True, repair=True):
    r"""Check every display of a piece of Markdown.

    Parameters
    ----------
    markdown : str
        As a chapter has it: the prose declares, `$$` displays claim.
    chapter : str
        Number of the chapter; untagged displays are counted as ``"4#7"``.
    diagnose : bool
        Whether to look for counterexamples in small numbers and for repairs.
    repair : bool
        False leaves the repairs out, which would give an exercise away, and take time.

    Returns
    -------
    Verdicts

    Examples
    --------
    >>> verdicts = check(r'''Let $W \in \mathbb{R}^{m \times n}$ and $x \in \mathbb{R}^n$.
    ... $$ f_i := \sum_j w_{ij} x_j $$
    ... $$ \frac{\partial f_i}{\partial x_l} = w_{li} \tag{1} $$''')
    >>> verdicts[1].reason
    'index i runs over m (axis 0 of f) and over n (axis 1 of W)'
    >>> print(verdicts[1].repair)
    \frac{\partial f_{i}}{\partial x_{l}} = w_{i l}
    """
    if not isinstance(markdown, str):
        raise UsageError(f"check takes Markdown as text, not {type(markdown).__name__}")
    reader = Reader(chapter, diagnose, repair=repair)
    return Verdicts(verdict for verdict in reader.read(markdown) if verdict is not None)


class Reader:
    """Reads one chapter from its start to its end."""

    def __init__(self, chapter="", diagnose=True, only=None, repair=True):
        self.chapter, self.diagnose, self.only, self.count = chapter, diagnose, only, 0
        self.repair = repair
        self.context, self.opening, self.troubles = Context(), None, []
        self.displays = {}

    def read(self, markdown):
        """Yield a Verdict for each display; an empty one where `only` asks for none nearby."""
        opening, *sections = _sections(list(pieces(markdown)))
        yield from self.section(opening)
        for parts in sections:
            layout = self.context.row_layout if self.opening is None else self.opening
            self.opening = layout
            self.context, self.troubles = Context(), []
            self.context.row_layout = layout
            yield from self.section(parts)

    def section(self, parts):
        """Yield a Verdict for each display of a section."""
        displays = [part for part in parts if isinstance(part, Display)]
        numbers = [d.tag or f"{self.chapter}#{self.count + k}" for k, d in enumerate(displays, 1)]
        if self.only is not None and self.opening is not None and not self.only & {*numbers}:
            self.count += len(displays)
            yield from (Verdict(number, "claim") for number in numbers)
            return
        for part in parts:
            if isinstance(part, Display):
                yield self.display(part)
            elif not isinstance(part, Heading):
                self.troubles += read_prose(part.text, self.context)
            elif part.level == 1:
                number = re.match(r"0*(\d+)\.", part.text)
                self.chapter = self.chapter or (number[1] if number else "")

    def display(self, display):
        """Give one display its verdict."""
        self.count += 1
        number = display.tag or f"{self.chapter}#{self.count}"
        verdict = Verdict(number, "claim", text=display.text.strip())
        try:
            self.judge(display, verdict)
        except Unreadable as trouble:
            verdict.kind, verdict.holds, verdict.reason = "unreadable", None, str(trouble)
            verdict.place = _place(display.text, trouble.at)
            if self.troubles and "unknown symbol" in verdict.reason:
                verdict.reason += f" ({self.troubles[-1]})"
        except Illtyped as trouble:
            verdict.holds, verdict.reason = False, str(trouble)
        except RecursionError:
            verdict.kind, verdict.holds = "unreadable", None
            verdict.reason = "the formula is nested too deeply"
        except (ArithmeticError, LookupError, TypeError, ValueError) as trouble:
            verdict.kind, verdict.holds = "unreadable", None
            verdict.reason = f"the checker can't follow this formula ({trouble!r})"
        if display.mark == "refuted" and verdict.kind != "unreadable":
            verdict.kind = "refuted"
        self.displays[number] = verdict
        return verdict

    def judge(self, display, verdict):
        """Sort a display into its kind, and decide its claims."""
        if display.trouble:
            raise Unreadable(display.trouble, 0)
        if display.mark == "prose":
            verdict.kind, verdict.reason = "prose", display.said
            if not display.said:
                raise Unreadable("an exempt display needs its reason: <!-- prose: reason -->", 0)
            return
        pins = _pins(display) if display.mark == "at" else None
        kinds = set()
        for statement in statements(display.text):
            kinds.add(self.statement(statement, verdict, pins))
            if verdict.holds is False:
                return
        verdict.kind = next(k for k in ("claim", "definition", "declaration") if k in kinds)

    def statement(self, statement, verdict, pins):
        """Add a declaration or definition to the context, or decide a claim."""
        context, parts = self.context, statement.parts
        if statement.kind == "map":
            declare_map(parts, context)
            return "declaration"
        if statement.kind == "declare":
            if not names_a_tensor(parts[0], context) and declare(parts, context):
                return "declaration"
            return self.shape_claim(parts, verdict)
        if statement.kind == "define":
            self.definition(parts)
            if len(parts) == 2:
                return "definition"
        self.claim([parse(p, context) for p in parts], verdict, pins)
        return "claim"

    def definition(self, parts):
        """Define, or say why not."""
        try:
            variable = define(parts, self.context)
            if variable is not None:
                evaluable(variable, self.context)
        except Illtyped as trouble:
            raise Illtyped(f"the definition does not fit: {trouble}") from None

    def shape_claim(self, parts, verdict):
        """Check that an expression lies in the space that is written."""
        tree = parse(parts[0], self.context)
        known = set(self.context.sizes)
        shape = space(parts[1], self.context)
        if shape is None:
            raise Unreadable("can't read this set", parts[1][0].at if parts[1] else 0)
        if set(self.context.sizes) - known:
            raise Unreadable("the space has a size that nothing declares", parts[1][0].at)
        claim = elaborate([tree], self.context)
        axes = tuple(self.context.bound[name][1] for name in claim.names)
        verdict.holds = self.context.same_shape(axes, shape)
        verdict.settled = "by its axes, all sizes" if verdict.holds else ""
        if not verdict.holds:
            sizes = " × ".join(map(show_size, axes)) or "1"
            verdict.reason = f"the expression lies in R^({sizes})"
        return "claim"

    def claim(self, trees, verdict, pins):
        """Decide a chain of equalities."""
        if len(trees) < 2:
            raise Unreadable(
                "an expression alone claims nothing: define it or set it equal", trees[0].at
            )
        verdict.members = tuple(trees)
        if self.only is not None and verdict.number not in self.only:
            return
        try:
            claim = elaborate(trees, self.context)
            outcome = decide(claim, self.context, pins)
        except Illtyped as trouble:
            verdict.holds, verdict.reason = False, str(trouble)
            if self.diagnose:
                self.explain(verdict, trees, None, None, pins, trouble.member)
            return
        verdict.holds = outcome.failure is None
        if verdict.holds:
            verdict.settled = _settled(outcome)
        elif self.diagnose:
            self.explain(verdict, trees, claim, outcome, pins, outcome.failure.member)
        else:
            verdict.reason = f"member {outcome.failure.member + 1} differs"

    def explain(self, verdict, trees, claim, outcome, pins, member):
        """Say why a claim is false, and how to mend it unless repairs are left out."""
        explain(verdict, trees, claim, outcome, self.context, pins, member, self.repair)


def _settled(outcome):
    """How, and at which sizes."""
    names = sorted({name for sizes in outcome.tried for name in sizes})
    if not names:
        return f"{outcome.settled}, {len(outcome.tried)} draws"
    most = ", ".join(f"{n}={max(sizes.get(n, 0) for sizes in outcome.tried)}" for n in names)
    return f"{outcome.settled}, {len(outcome.tried)} draws with sizes up to {most}"


def _pins(display):
    pairs = re.findall(r"([A-Za-z]\w*)\s*=\s*(\d+)", display.said)
    if not pairs:
        raise Unreadable("sizes are given as <!-- at p=2, q=2 -->", 0)
    return {name: int(n) for name, n in pairs}


def _sections(parts):
    """Split at each heading that opens a fresh context: unless its first words say otherwise."""
    out = [[]]
    for k, part in enumerate(parts):
        if isinstance(part, Heading) and part.level > 1:
            following = parts[k + 1].text if k + 1 < len(parts) else ""
            if not re.search(r"\bsection carries on\b", following[:400], re.I):
                out.append([])
        out[-1].append(part)
    return out


def _place(text, at):
    if at is None:
        return ""
    start = max(text.rfind("\n", 0, at) + 1, 0)
    line, column = text.count("\n", 0, at) + 1, at - start + 1
    near = " ".join(text[at : at + 24].split())
    where = f"line {line}, column {column}"
    return f"at {where}" + (f", before '{near}'" if near else ", at the end")
