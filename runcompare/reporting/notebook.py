"""What a notebook shows of a result: its brief as plain HTML of a few kilobytes, in the notebook's own colours."""

__all__ = ["as_card"]


def as_card(brief: str) -> str:
    """A brief in markdown as HTML without scripts, styles, links or identifiers, so that any front end shows it."""
    from markdown_it import MarkdownIt

    made = (
        MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "image", "autolink"]).render(brief)
    )
    return f'<div class="runcompare">\n{_without_formulas(made)}</div>'


def _without_formulas(made: str) -> str:
    """Dollars that no front end takes for the begin of a formula."""
    return made.replace("$", '<span class="tex2jax_ignore">&#36;</span>')
