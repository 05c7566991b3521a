# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operator says that it cannot: one sentence, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import bpy

from .. import log
from ..errors import GestureError

if TYPE_CHECKING:
    from bpy.types import Context

    from .status import Status


def refuse(operator: Any, error: GestureError) -> Status:
    """Report ERROR in the user's language; what the operator's method returns then."""
    log.refusal(type(operator).__name__, error)
    operator.report({"ERROR"}, bpy.app.translations.pgettext_rpt(str(error)))
    return {"CANCELLED"}


def refusing(execute: Callable[[Any, Context], Status]) -> Callable[[Any, Context], Status]:
    """An operator's EXECUTE that refuses where it raises GestureError."""

    @wraps(execute)
    def guarded(operator: Any, context: Context) -> Status:
        try:
            return execute(operator, context)
        except GestureError as error:
            return refuse(operator, error)
        except Exception as error:
            log.failure(type(operator).__name__, error)
            raise

    return guarded
