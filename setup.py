"""What pyproject.toml can't say: two packages whose files lie elsewhere in this tree.

    radiogram.commands       scripts/     the commands, as `ape run` finds them here
    radiogram.server.pages   web/dist/    the website, where `make setup` has built it

All else stands in pyproject.toml.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

packages = [*find_namespace_packages(include=["radiogram*"]), "radiogram.commands"]
folders = {"radiogram.commands": "scripts"}
if Path("web", "dist", "index.html").is_file():
    packages.append("radiogram.server.pages")
    folders["radiogram.server.pages"] = "web/dist"

setup(packages=packages, package_dir=folders)
