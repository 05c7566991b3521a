# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: a configuration file, streams of windows, one loop."""
