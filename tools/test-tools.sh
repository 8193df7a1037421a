#!/bin/sh
# Installs what only tests and benchmarks need, where that can be done (Debian, as root); says what is missing elsewhere.
set -eu
PATH="$PATH:/usr/sbin"   # where Debian keeps Orthanc
plugins=/usr/share/orthanc/plugins
missing=""
packages=""
for pair in chromium:chromium dcmj2pnm:dcmtk dciodvfy:dicom3tools Orthanc:orthanc strace:strace ffmpeg:ffmpeg \
    "$plugins/libOrthancDicomWeb.so:orthanc-dicomweb" "$plugins/libOrthancPython.so:orthanc-python" \
    nginx:nginx-light firefox:firefox-esr WebKitWebDriver:webkit2gtk-driver Xvfb:xvfb; do
    { command -v "${pair%:*}" >/dev/null || [ -e "${pair%:*}" ]; } && continue
    missing="$missing ${pair%:*}"
    packages="$packages ${pair#*:}"
done
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "tests: installing$packages …"
    # Orthanc's package would start it as a service; tests start their own, on a folder that they remove.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    apt-get update -qq >/dev/null 2>&1 || true
    for package in $packages; do   # one by one: what one system does not have must not keep the others away
        apt-get install -y -qq "$package" >/dev/null 2>&1 || true
    done
fi
for tool in $missing; do
    command -v "$tool" >/dev/null || [ -e "$tool" ] || echo "tests: $tool is missing; the tests that need it are skipped (CI=true: fail)" >&2
done
