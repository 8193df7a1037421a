#!/bin/sh
# Lists what is installed to run, as the locks pin it (CycloneDX), into .build/sbom: `make sbom`.
#
#     python.cdx.json     requirements.txt
#     chain.cdx.json      Ganache and what it needs
#     website.cdx.json    what the website is built of
set -eu
cd "$(dirname "$0")/.."
out="$PWD/.build/sbom"
mkdir -p "$out"

.tools/installer/bin/uv venv --quiet --clear .tools/sbom
.tools/installer/bin/uv pip sync --quiet --python .tools/sbom --require-hashes tools/sbom.txt
.tools/sbom/bin/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible \
    --output-file "$out/python.cdx.json"
npm sbom --sbom-format cyclonedx --package-lock-only --omit dev --omit optional >"$out/chain.cdx.json"
(cd web && npm sbom --sbom-format cyclonedx --package-lock-only --omit dev >"$out/website.cdx.json")
ls "$out"/*.cdx.json
