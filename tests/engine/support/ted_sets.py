# SPDX-License-Identifier: GPL-3.0-or-later
"""The small data sets in the published TED form, unpacked."""

import tarfile

from shared_folder import ROOT

FOLDER = ROOT / "tests" / "fixtures" / "ted"


def unpacked(name, folder):
    """``folder`` with the LMDB directories of ``name``.tar.xz in it."""
    with tarfile.open(FOLDER / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder
