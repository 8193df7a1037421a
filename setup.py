"""What pyproject.toml can't say: a package whose files lie elsewhere in this tree.

    radiogram.server.pages   web/dist/    the website and the page for keepsakes, where `make setup` has built them

All else stands in pyproject.toml.
"""

from pathlib import Path

from setuptools import find_packages, setup

packages = find_packages(include=["radiogram*"])
folders = {}
if Path("web", "dist", "index.html").is_file():
    packages.append("radiogram.server.pages")
    folders["radiogram.server.pages"] = "web/dist"

setup(packages=packages, package_dir=folders)
