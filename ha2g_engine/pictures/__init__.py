# SPDX-License-Identifier: GPL-3.0-or-later
"""People in pictures and films: their body and hands, found by MediaPipe, as poses."""
