"""What people read in an exported study: README.TXT, and INDEX.HTM with its pictures. Pure: metadata in, text out.

Both follow IHE PDI (RAD TF-2 4.47): README.TXT is plain ASCII, INDEX.HTM shows pictures from IHE_PDI and runs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

PAGE_NAME, README_NAME = "INDEX.HTM", "README.TXT"
README_TITLE = "MEDICAL IMAGES"
_STYLE = """
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #1b1b1b;
    background: #fff; }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1rem; }
  h1, h2, h3, p, li { overflow-wrap: anywhere; }
  .note { border-left: .25rem solid #767676; padding-left: .75rem; }
  .pictures { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
  figure { margin: 0; } figcaption { font-size: .875rem; }
  img { background: #000; height: auto; max-width: 100%; }
  .pictures img { height: 12rem; width: auto; }
  @media (prefers-color-scheme: dark) { body { color: #eee; background: #151515; } a { color: #9cf; } }
"""


@dataclass(frozen=True)
class PictureLink:
    """A picture beside the page: its path from there, and a caption."""

    path: str
    caption: str


@dataclass
class SeriesPart:
    """One series of the page."""

    title: str = field(repr=False)
    pictures: list[PictureLink] = field(default_factory=list)
    sheet: str = ""
    """Path of one picture of them all; empty if there is none."""
    remark: str = ""


@dataclass
class StudyPart:
    """One study of the page. Its texts are as people are shown them."""

    patient: str = field(repr=False)
    birth_date: str = field(repr=False)
    title: str = field(repr=False)
    series: list[SeriesPart] = field(default_factory=list)


@dataclass(frozen=True)
class Inventory:
    """How much there is of what."""

    dicom_files: int
    others: Sequence[tuple[str, str]]
    """Path of each other file, and why it is not among the DICOM files; empty if it is none."""
    syntaxes: Sequence[tuple[str, int]]
    """The encodings of the DICOM files by name, and how many have them."""
    compressed: int
    """DICOM files with an encoding that compresses."""
    is_signed: bool = False
    """Whether the sender's list of the files and its signature are beside them."""


def readme(inventory: Inventory) -> bytes:
    """README.TXT: ASCII, lines ended as every system's editor takes them, and no word about the patient."""
    parts = [_inside(inventory), *([_PATIENT, _doctor(inventory)] if inventory.dicom_files else []), _PRIVACY]
    text = f"{README_TITLE}\n\n" + "\n\n".join(parts) + "\n"
    return text.replace("\n", "\r\n").encode("ascii")


def _inside(inventory: Inventory) -> str:
    count = inventory.dicom_files
    lines = ["What is here"]
    if count:
        lines += [
            f"  DICOM       {_count(count, 'medical image or record', 'medical images and records')}",
            "  DICOMDIR    the list of them, for medical software",
            "  INDEX.HTM   a page with small pictures of them, for any web browser",
            "  IHE_PDI     the pictures of that page",
        ]
    else:
        lines.append("  INDEX.HTM   a list of what is here, for any web browser")
    if others := len(inventory.others):
        lines.append(f"  OTHER       {_count(others, 'other file', 'other files')}, as received")
    if unlisted := sum(bool(why) for _, why in inventory.others):
        lines.append(
            f"              ({_count(unlisted, 'of them is a DICOM file', 'of them are DICOM files')} that DICOMDIR"
            " can't list; INDEX.HTM says why)"
        )
    lines.append("  FHIR.JSN    what the files say of themselves, for systems that speak FHIR")
    if inventory.is_signed:
        lines.append("  MANIFEST    the sender's list of these files, and the signature of it")
    return "\n".join(lines)


_PATIENT = """\
If these are your images
  Open INDEX.HTM for a first look. Its pictures are small copies: good to look at,
  not good enough to judge by.
  To give the images to a doctor, give everything that is here, not single files:
  on a USB stick, on a CD, or as one ZIP file. Keep a copy for yourself."""

_PRIVACY = """\
Privacy
  Nothing here is encrypted. Whoever has these files can read them, and they name
  the patient."""


def _doctor(inventory: Inventory) -> str:
    lines = [
        "If you are a doctor, or import images for one",
        "  This is a DICOM file-set (PS3.10), laid out as IHE PDI describes. Import",
        "  DICOMDIR, or all files below DICOM. The data sets are as received, bit for bit;",
        "  where a file's header (PS3.10 7.1) was missing or wrong, it has a new one.",
        "  The pictures of INDEX.HTM are not for diagnosis.",
    ]
    lines += ["  Transfer syntaxes:"] * bool(inventory.syntaxes)
    lines += [f"    {_ascii(name)}: {_count(count, 'file', 'files')}" for name, count in inventory.syntaxes]
    if inventory.compressed:
        lines.append(
            f"  {_count(inventory.compressed, 'file is', 'files are')} compressed: some readers can't show them."
        )
    return "\n".join(lines)


def page(studies: Sequence[StudyPart], inventory: Inventory) -> bytes:
    """INDEX.HTM: UTF-8, well-formed as XML too, without script; all that files say is escaped."""
    body = "\n".join([*map(_study, studies), _others(inventory.others)])
    return f"""<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width"/>
<title>Medical images</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Medical images</h1>
<p class="note">These pictures are small copies, good to look at and not for diagnosis. The images themselves are in the
folder DICOM, for medical software; {README_NAME} says how to hand them on.</p>
{body}
</body>
</html>
""".encode()


def _study(study: StudyPart) -> str:
    born = f", born {escape(study.birth_date)}" if study.birth_date else ""
    head = f"<h2><bdi>{escape(study.patient or 'No name')}</bdi>{born}</h2>\n<p><bdi>{escape(study.title)}</bdi></p>"
    return "\n".join(["<section>", head, *map(_series, study.series), "</section>"])


def _series(series: SeriesPart) -> str:
    lines = [f"<h3><bdi>{escape(series.title)}</bdi></h3>"]
    if series.sheet:
        name = escape(series.title)
        lines.append(
            f'<p><a href="{quote(series.sheet)}"><img src="{quote(series.sheet)}" alt="All of {name}"/></a></p>'
        )
    if series.pictures:
        lines += ['<div class="pictures">', *(_figure(each) for each in series.pictures), "</div>"]
    if series.remark:
        lines.append(f"<p>{escape(series.remark)}</p>")
    return "\n".join(lines)


def _figure(link: PictureLink) -> str:
    path, caption = quote(link.path), escape(link.caption)
    return (
        f'<figure><a href="{path}"><img src="{path}" alt="{caption}" loading="lazy"/></a>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _others(others: Sequence[tuple[str, str]]) -> str:
    if not others:
        return ""
    lines = []
    for path, why in others:
        reason = f" – {escape(why)}" if why else ""
        lines.append(f'<li><a href="{quote(path)}"><bdi>{escape(path.partition("/")[2])}</bdi></a>{reason}</li>')
    return "\n".join(["<section>", "<h2>Other files</h2>", "<ul>", *lines, "</ul>", "</section>"])


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
