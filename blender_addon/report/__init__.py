# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user sends along with a question: versions, settings, last lines; nothing private."""
