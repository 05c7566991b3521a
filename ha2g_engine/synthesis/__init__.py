# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech to takes: a loaded model, what it heard and performed, and what is done afterwards."""
