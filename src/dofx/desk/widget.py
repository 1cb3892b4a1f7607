"""The studio in a notebook: the same page in a frame, answered by the Python of the notebook."""

from __future__ import annotations

import json
from typing import Any

from ..compiler.model.data import OBSERVED
from ..grammar.edge.arguments import public
from ..grammar.edge.libraries import library
from ..grammar.formatting.program import format_program
from ..grammar.syntax.program import Program
from ..runtime.data.opened import Opened
from ..runtime.program import CompiledProgram
from ..runtime.sampler import Sampler
from ..studio.look import JSON
from ..studio.respond import respond
from .desk import Desk, program_of_text
from .errors import not_a_beginning
from .page import page_with
from .written import fitted_as_program

HEIGHT = 720
START = "graph {\n  x -> m -> y\n  x <-> y\n}\n\nquery q = P(y | do(x))\n"
"""The program of a studio that is given none."""

FRAME = """
export default { render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.title = "dofx studio";
  frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0; border-radius: 12px;`;
  const toPage = (message) => frame.contentWindow?.postMessage({ dofx: message }, "*");
  const hear = ({ source, data }) => {
    if (source === frame.contentWindow && data?.dofx) model.send(data.dofx);
  };
  const answer = (message) => {
    if (message.page === undefined) toPage(message);
    else frame.srcdoc = message.page;
  };
  addEventListener("message", hear);
  model.on("msg:custom", answer);
  el.replaceChildren(frame);
  model.send({ to: "frame" });
  return () => {
    removeEventListener("message", hear);
    model.off("msg:custom", answer);
  };
} };
"""
"""What the notebook runs: a frame that may run scripts and is of no origin, and messages to and fro."""


class Studio:
    """The studio as the output of a notebook's cell: draw, ask, fit and see the answers.

    What is drawn and fitted there is there in Python too: `text`, `program` and `fitted` follow the page.

    Args:
        program: A program or its text, or what is fitted already: a `CompiledProgram` or a `Sampler`. None begins
            with a front door.
        data: Rows, as for `fit`; where the program declares data sets, a dict from the name of each. A list of tables
            is files of the same people.
        height: Of the page, in pixels.

    Raises:
        DofxError: E0501 if the page is not built, E0429 without anywidget, E0502 for something that is no program,
            E0420 for a sampler that is not fitted, and what is wrong with the rows.
    """

    @public("program", "data")
    def __init__(self, program: Any = None, data: Any = None, *, height: int = HEIGHT) -> None:
        page = page_with("dofx-notebook")
        anywidget, traitlets = library("anywidget"), library("traitlets")
        self._page = page
        self._text, compiled = _begun(program)
        self._desk = Desk(_opened(data), fitted=None if compiled is None else (self._text, compiled))
        members = {"_esm": FRAME, "height": traitlets.Int(height).tag(sync=True)}
        self._widget: Any = type("StudioWidget", (anywidget.AnyWidget,), members)()
        self._widget.on_msg(self._hear)

    @property
    def text(self) -> str:
        """The program as it stands in the page, whether it can be read or not."""
        return self._text

    @property
    def program(self) -> Program:
        """The program as it stands in the page.

        Raises:
            DofxError: With every fault of the text.
        """
        return program_of_text(self._text)

    @property
    def fitted(self) -> CompiledProgram:
        """The program that was fitted last in the page.

        Raises:
            DofxError: E0420 before that.
        """
        return self._desk.fitted

    def close(self) -> None:
        """End what is running, and forget the rows."""
        self._widget.close()
        self._desk.close()

    def _hear(self, widget: Any, message: JSON, buffers: Any) -> None:
        """Answer what the page asks."""
        match message:
            case {"to": "frame"}:
                self._widget.send({"page": self._page})
            case {"to": "page"}:
                self._widget.send({"to": "page", "text": self._text})
            case {"to": "text", "text": str(text)}:
                self._text = text
            case {"to": "compiler", "id": number, "request": request}:
                response = json.loads(respond(json.dumps(request)))
                self._widget.send({"to": "compiler", "id": number, "response": response, "took": 0})
            case {"to": "desk", "id": number, "request": request}:
                self._widget.send({"to": "desk", "id": number, "response": self._desk.respond(request)})
            case _:
                pass

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self._widget._repr_mimebundle_(**options)


def _begun(program: Any) -> tuple[str, CompiledProgram | None]:
    """The text that the page begins with, and the fitted program behind it, if there is one."""
    if program is None:
        return START, None
    if isinstance(program, Sampler | CompiledProgram):
        return fitted_as_program(program)
    if isinstance(program, Program):
        return format_program(program), None
    if isinstance(program, str):
        return program, None
    raise not_a_beginning(type(program).__name__)


def _opened(data: Any) -> dict[str, Opened | list[Opened]]:
    """Rows by data set: several only as a dict of what can itself be read."""
    if data is None:
        return {}
    if isinstance(data, dict) and data and not any(_is_column(each) for each in data.values()):
        return {str(name): _files(each) for name, each in data.items()}
    return {OBSERVED.name: _files(data)}


def _files(rows: Any) -> Opened | list[Opened]:
    """The rows of one data set: one source, or a list of tables of the same people."""
    several = isinstance(rows, list) and rows and all(hasattr(each, "columns") for each in rows)
    return [Opened.of(each) for each in rows] if several else Opened.of(rows)


def _is_column(value: Any) -> bool:
    """Whether a value of a dict is a column of numbers, and not a data set of its own."""
    if isinstance(value, list) and value:
        return not hasattr(value[0], "columns")
    return not (isinstance(value, str | dict | Opened) or hasattr(value, "columns"))
