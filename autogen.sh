#!/bin/sh
# Makes configure and the Makefile.in files; needed only in a git checkout.
set -e
cd "$(dirname "$0")"
exec autoreconf --install --warnings=all
