"""The page in a real Chromium: silent, self-contained, alive, whole on a phone, in the dark and on paper."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from comparisons import make_hostile

import runcompare
from runcompare.reporting import to_html
from runcompare.reporting.pdf import NAMES, to_pdf

ROOT = Path(__file__).parents[2]
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield program
        program.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the shipped pair."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    shipped = runcompare.compare("hjnqclgk", "baseline32", runs=ROOT / "examples" / "runs", min_effect="2%")
    path.write_text(shipped.to_html(), encoding="utf-8")
    return path


class Opened:
    """A page, what it said and what it asked for."""

    def __init__(self, browser: Any, path: Path, *, width: int, scheme: str = "light", scripts: bool = True) -> None:
        size = {"width": width, "height": 900}
        self.page = browser.new_page(viewport=size, color_scheme=scheme, java_script_enabled=scripts)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def scroll_through(self) -> None:
        for picture in self.page.locator("[data-curves]").all():
            picture.scroll_into_view_if_needed()
        self.page.wait_for_timeout(100)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_silent_self_contained_and_no_wider_than_the_screen(
    browser: Any, report: Path, width: int, scheme: str
) -> None:
    opened = Opened(browser, report, width=width, scheme=scheme)
    opened.scroll_through()
    assert opened.said == []
    assert opened.asked == [report.as_uri()]
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    ground = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 23, 26)"}[scheme]
    assert opened.page.locator("canvas").count() > 4
    opened.page.close()


def pixels(opened: Opened) -> list[int]:
    """What the first live picture shows, as sums of its pixels."""
    script = """() => [...document.querySelectorAll('[data-curves]')[1].querySelectorAll('canvas')].map(canvas =>
      canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.reduce((a, b) => a + b, 0))"""
    found: list[int] = opened.page.evaluate(script)
    return found


def test_axes_seeds_scales_and_sides_can_be_switched(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, width=1280)
    opened.scroll_through()
    live = opened.page.locator("[data-curves]").nth(1)
    against, show, scale = (live.locator("select").nth(place) for place in range(3))
    assert against.locator("option").all_text_contents() == ["epoch", "step", "time", "money"]
    seen = [pixels(opened)]
    for change in (
        lambda: against.select_option("time"),
        lambda: against.select_option("money"),
        lambda: show.select_option("seeds"),
        lambda: scale.select_option("linear"),
        lambda: live.get_by_role("button").first.click(),
    ):
        change()
        opened.page.wait_for_timeout(50)
        seen.append(pixels(opened))
        assert seen[-1] != seen[-2]
    assert live.get_by_role("button").first.get_attribute("aria-pressed") == "false"
    assert opened.said == []
    opened.page.close()


def test_a_pointer_is_told_the_values_under_it(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, width=1280)
    opened.scroll_through()
    live = opened.page.locator("[data-curves]").nth(1)
    live.locator(".u-over").first.hover(position={"x": 150, "y": 60})
    told = live.locator(".readout").first.text_content()
    assert told.startswith("epoch ")
    assert "baseline: baseline32 " in told
    assert " to " in told
    opened.page.close()


def test_tables_sort_by_number_both_ways(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, width=1280)
    table = opened.page.locator("table", has_text="autoencoder/best_val_loss").last
    column = "tbody tr > :nth-child(3)"
    table.get_by_role("button", name="Candidate").click()
    rising = table.locator(column).all_text_contents()
    assert table.locator("th[aria-sort=ascending]").count() == 1
    table.get_by_role("button", name="Candidate").click()
    falling = table.locator(column).all_text_contents()
    assert rising != falling
    assert rising[0].startswith("-0.38")
    tiny, small, large = (next(i for i, v in enumerate(rising) if sign in v) for sign in ("e-8", "e-5", "0.0155"))
    assert tiny < small < large, "the power of ten counts"
    opened.page.close()


def test_difference_and_assessment_come_first_on_a_phone(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, width=390)
    row = opened.page.locator(".sides tbody tr").first
    tops = {
        name: row.locator(f"[data-label={name}]").bounding_box()["y"]
        for name in ("Difference", "Assessment", "Baseline", "Candidate")
    }
    assert sorted(tops, key=lambda name: tops[name]) == ["Difference", "Assessment", "Baseline", "Candidate"]
    assert opened.page.locator("#contents").get_attribute("open") is None
    opened.page.close()


def test_without_scripts_the_pictures_remain(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, width=1280, scripts=False)
    assert opened.page.locator("figure svg").first.is_visible()
    assert opened.page.locator("figure").count() == opened.page.locator("figure:visible").count() > 5
    assert opened.page.locator(".controls").count() == 0
    opened.page.close()


def test_links_lead_to_notes_and_sections(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, width=1280)
    for selector in ("a.note", "nav a", "a.back"):
        link = opened.page.locator(selector).last
        target = link.get_attribute("href")
        link.click()
        assert opened.page.url.endswith(target)
        assert opened.page.locator(f"[id='{target[1:]}']").count() == 1
    opened.page.close()


def test_paper_has_the_still_pictures_and_every_column(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, width=1280, scheme="dark")
    opened.scroll_through()
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("nav").is_visible()
    assert not opened.page.locator("canvas").first.is_visible()
    assert opened.page.locator(".still svg").first.is_visible()
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    opened.page.set_viewport_size({"width": 690, "height": 900})  # A4 within its margins
    wide = "Math.max(...[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right))"
    assert opened.page.evaluate(wide) <= 690
    opened.page.close()


def test_names_that_are_scripts_run_nothing(browser: Any, tmp_path: Path) -> None:
    for place, word in enumerate(
        ("</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "${alert(1)}")
    ):
        path = tmp_path / f"{place}.html"
        path.write_text(to_html(make_hostile(word)), encoding="utf-8", errors="replace")
        opened = Opened(browser, path, width=1280)
        opened.page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        opened.scroll_through()
        assert opened.said == []
        assert opened.asked == [path.as_uri()]
        opened.page.close()


def test_a_pdf_is_printed(report: Path) -> None:
    made = to_pdf(report.read_text(encoding="utf-8"))
    assert made.startswith(b"%PDF-")
    assert len(made) > 50_000
