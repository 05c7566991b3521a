# SPDX-License-Identifier: GPL-3.0-or-later
"""What all operators have in common: why not now, doing it, telling, one way to refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from .. import log
from ..errors import GestureError
from ..properties import chosen
from ..redraw import redraw_panels

if TYPE_CHECKING:
    from bpy.types import Context

Status = set[Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]]


class Verb:
    """Base of every operator: whether it can be done now, and what it tells the user."""

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Why it cannot be done now, in a few words shown on hover; "" if it can."""
        return ""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Off as long as there is a reason."""
        operator: Any = cls
        reason = cls.why_not(context)
        if reason:
            operator.poll_message_set(reason)
        return not reason

    def tell(self, kind: set[str], message: str) -> None:
        """Report MESSAGE."""
        log.said(type(self).__name__, kind, message)
        self._report(kind, message)

    def refusing(self, work: Callable[[Context], Status], context: Context) -> Status:
        """What WORK returns; its GestureError is told in a sentence, and nothing else happens."""
        try:
            return work(context)
        except GestureError as error:
            log.refusal(type(self).__name__, error)
            self._report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except Exception as error:
            log.failure(type(self).__name__, error)
            raise

    def _report(self, kind: set[str], message: str) -> None:
        operator: Any = self
        operator.report(kind, message)


class AtOnce(Verb):
    """Base of operators that have done it when the click is over."""

    def do(self, context: Context) -> str | None:
        """Do it; what to tell, if anything. Raises GestureError, with nothing changed."""
        raise NotImplementedError

    def execute(self, context: Context) -> Status:
        """Do it, show it and tell."""
        return self.refusing(self._done, context)

    def _done(self, context: Context) -> Status:
        said = self.do(context)
        redraw_panels(context)
        if said:
            self.tell({"INFO"}, said)
        return {"FINISHED"}


class OnArmature(AtOnce):
    """Base of those that do something to the chosen armature."""

    bl_options: Any = {"REGISTER", "UNDO"}

    @classmethod
    def why_not(cls, context: Context) -> str:
        """Needs an armature."""
        return chosen.why_no_armature(context)


def ask_options(operator: Any, context: Context, width: int = 300) -> Status:
    """Let the user set OPERATOR's properties, in WIDTH pixels, before it is done."""
    manager: Any = context.window_manager
    status: Status = manager.invoke_props_dialog(operator, width=width)
    return status


def ask_file(operator: Any, context: Context) -> Status:
    """Let the user choose OPERATOR's filepath before it is done."""
    manager: Any = context.window_manager
    manager.fileselect_add(operator)
    return {"RUNNING_MODAL"}
