# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of characters in given poses, the default model's reference images."""
