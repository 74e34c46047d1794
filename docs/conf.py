"""Sphinx configuration: MyST markdown, the furo theme, and the commands' own help."""

from importlib import import_module

import click
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from runcompare.cli import cli
from runcompare.cli.commands import COMMANDS, SECTIONS

project = "runcompare"
author = "The runcompare authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "runcompare"
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
exclude_patterns = ["_build"]
autodoc_typehints = "description"
default_role = "code"  # docstrings mark code with single backticks
nitpicky = False

WIDTH = 110  # of a command's help


def help_of(name: str) -> str:
    """What `runcompare NAME --help` prints."""
    command = getattr(import_module(f"runcompare.cli.{COMMANDS[name].module}"), name.replace("-", "_"))
    parent = click.Context(cli, info_name="runcompare", max_content_width=WIDTH, terminal_width=WIDTH)
    with click.Context(command, info_name=name, parent=parent) as ctx:
        return command.get_help(ctx)


class Commands(Directive):
    """A section for each command, with its help."""

    def run(self) -> list[nodes.Node]:
        found: list[nodes.Node] = []
        for title in SECTIONS:
            group = nodes.section(ids=[nodes.make_id(title)])
            group += nodes.title(text=title)
            for name, entry in COMMANDS.items():
                if entry.section == title:
                    one = nodes.section(ids=[f"command-{name}"])
                    one += nodes.title(text=name)
                    one += nodes.literal_block(text=help_of(name), language="text")
                    group += one
            found.append(group)
        return found


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.add_directive("commands", Commands)
