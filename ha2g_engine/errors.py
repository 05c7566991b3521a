# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's errors: one sentence each, written for the person who reads it."""


class Ha2gError(Exception):
    """Root of everything the engine raises on purpose; the message is one whole sentence."""


class InputError(Ha2gError):
    """What was given cannot be used; names the file, what is wrong and what to do."""


class NotWritten(InputError, OSError):
    """The disk does not take a file: it is full, say, or nobody may write there."""


class Cancelled(Ha2gError):
    """The user asked to stop; nothing is wrong."""
