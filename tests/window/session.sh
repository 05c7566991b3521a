#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# session.sh OUT WIDTHxHEIGHT BLENDER ARGUMENT...: a Blender in a screen of its own; OUT/blender.log
out=$1 size=$2
shift 2
mkfifo "$out/display"
Xvfb -displayfd 3 -screen 0 "${size}x24" +extension GLX +render -noreset 3>"$out/display" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null' EXIT
read -r number <"$out/display"
export DISPLAY=":$number" LIBGL_ALWAYS_SOFTWARE=1 XDG_RUNTIME_DIR="$out"
"$@" >"$out/blender.log" 2>&1
