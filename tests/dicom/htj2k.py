"""High-Throughput JPEG 2000 files of our own, as no samples are to be had: encoded by OpenJPH; OpenJPEG decodes.

OpenJPH decodes them too, as another program than ours.
"""

import json
import subprocess
from pathlib import Path

from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import HTJ2K, UID, ExplicitVRLittleEndian, HTJ2KLosslessRPCL

WEB = Path(__file__).resolve().parents[2] / "web"
_LRCP, _RPCL = 0, 2
_ENCODE = """
const { image, lossless, order } = JSON.parse(process.argv[1]);
const { default: start } = await import("@cornerstonejs/codec-openjph");
const { HTJ2KEncoder } = await start({ print() {}, printErr() {} });
const encoder = new HTJ2KEncoder();
encoder.getDecodedBuffer(image).set((await import("node:fs")).readFileSync(0));
encoder.setQuality(lossless, 0.001);
encoder.setProgressionOrder(order);
encoder.encode();
process.stdout.write(encoder.getEncodedBuffer());
"""
_DECODE = """
const { default: start } = await import("@cornerstonejs/codec-openjph");
const { HTJ2KDecoder } = await start({ print() {}, printErr() {} });
const decoder = new HTJ2KDecoder();
const frame = (await import("node:fs")).readFileSync(0);
decoder.getEncodedBuffer(frame.length).set(frame);
decoder.decode();
process.stdout.write(decoder.getDecodedBuffer());
"""


def decoded(source: Path, target: Path) -> Path:
    """`target`: the one frame of such a file as OpenJPH decodes it, not compressed."""
    scan = dcmread(source)
    (frame,) = generate_frames(scan.PixelData)
    command = ["node", "--input-type=module", "-e", _DECODE]
    scan.PixelData = subprocess.run(command, cwd=WEB, input=frame, capture_output=True, check=True).stdout
    assert len(scan.PixelData) == scan.Rows * scan.Columns * scan.SamplesPerPixel * scan.BitsAllocated // 8
    scan["PixelData"].VR = "OW"
    scan.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    scan.save_as(target)
    return target


def encoded(source: Path, target: Path, syntax: UID) -> Path:
    """`target`: the first frame of a file that is not compressed, in this transfer syntax."""
    scan = dcmread(source)
    is_colour = scan.SamplesPerPixel == 3
    image = {
        "width": scan.Columns,
        "height": scan.Rows,
        "componentCount": scan.SamplesPerPixel,
        "bitsPerSample": scan.BitsStored,
        "isSigned": scan.PixelRepresentation == 1,
        "isUsingColorTransform": is_colour,
    }
    order = _RPCL if syntax == HTJ2KLosslessRPCL else _LRCP
    asked = json.dumps({"image": image, "lossless": syntax != HTJ2K, "order": order})
    pixels = scan.PixelData[: scan.Rows * scan.Columns * scan.SamplesPerPixel * scan.BitsAllocated // 8]
    command = ["node", "--input-type=module", "-e", _ENCODE, asked]
    frame = subprocess.run(command, cwd=WEB, input=pixels, capture_output=True, check=True).stdout
    if is_colour:
        scan.PhotometricInterpretation = "YBR_ICT" if syntax == HTJ2K else "YBR_RCT"
    scan.NumberOfFrames = 1
    scan.PixelData = encapsulate([frame])
    scan["PixelData"].VR = "OB"
    scan.file_meta.TransferSyntaxUID = syntax
    scan.save_as(target)
    return target
