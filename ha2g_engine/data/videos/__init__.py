# SPDX-License-Identifier: GPL-3.0-or-later
"""Videos of people who talk → a data set."""
