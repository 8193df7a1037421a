#!/bin/sh
# Installs what only tests and benchmarks need, where that can be done (Debian, as root); says what is missing elsewhere.
set -eu
missing=""
for tool in age; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "tests: installing$missing …"
    # shellcheck disable=SC2086 - a list of packages, each named as its tool
    { apt-get install -y -qq $missing || { apt-get update -qq && apt-get install -y -qq $missing; }; } >/dev/null 2>&1 || true
fi
for tool in $missing; do
    command -v "$tool" >/dev/null || echo "tests: $tool is missing; the tests that need it are skipped (CI=true: fail)" >&2
done
