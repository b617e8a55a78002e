from pathlib import Path

from mkdocs.__main__ import cli

Path("docs").mkdir()
Path("docs/index.md").write_text("# Shop\n")
Path("mkdocs.yml").write_text("site_name: Shop\n")
cli(["build"])
