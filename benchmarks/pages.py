"""Reports of the clips of a folder, opened in headless Chromium.

    python benchmarks/pages.py FOLDER --only 'rain*' --shots SHOTS

Each clip gets two results (``--preset``, ``--set``), made here, and a page as `synth --report` writes it. The browser
then plays, switches at the same place, moves the cursor, loops, zooms and changes the theme; the table says what it
found, how large the page is, and how many messages on the console and requests to the network there were. ``--shots``
keeps screenshots: a large window and a narrow one, in light and dark.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from clips import add_clip_options, chosen_clips
from selenium import webdriver
from tables import table

SIZES = {"large": (1280, 900, False), "small": (390, 844, True)}
HEAD = [
    "clip",
    "MB",
    "plays",
    "switches in place, s off",
    "cursor moves",
    "loops",
    "zooms",
    "theme",
    "console",
    "requests",
]


def open_browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


def until(browser: webdriver.Chrome, script: str, seconds: float = 10.0) -> bool:
    """Whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if browser.execute_script(f"return {script}"):
            return True
        time.sleep(0.02)
    return False


def press(browser: webdriver.Chrome, keys: str) -> None:
    webdriver.ActionChains(browser).send_keys(keys).perform()


def look(browser: webdriver.Chrome, page: Path, shots: Path | None) -> list[str]:
    """What a page does, one cell a thing."""

    def value(expression: str) -> Any:
        return browser.execute_script(f"return {expression}")

    browser.get_log("browser"), browser.get_log("performance")
    browser.get(page.as_uri())
    ready = until(browser, "'ready' in document.documentElement.dataset")
    cursor = value("plots.a.cursor.style.left")
    press(browser, " ")
    plays = ready and until(browser, "player.playing && player.position > 0.3")
    moves = value("plots.a.cursor.style.left") != cursor
    place = "player.position - player.context.currentTime"
    before, after = browser.execute_script(f"const before = {place}; player.select(0); return [before, {place}]")
    browser.execute_script("player.seek(player.sound.seconds - 0.2)")
    loops = until(browser, "player.playing && player.position < 0.5", 3.0)
    press(browser, " ")
    press(browser, "+")
    zooms = until(browser, "plots.a.drawn.end - plots.a.drawn.start < 0.51 * player.sound.seconds", 3.0)
    background = "getComputedStyle(document.body).backgroundColor"
    was = value(background)
    for theme in ("first", "second"):
        for size, (width, height, mobile) in SIZES.items():
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            time.sleep(0.3)
            if shots is not None:
                browser.save_screenshot(str(shots / f"{page.stem}-{size}-{theme}.png"))
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        if theme == "first":
            browser.execute_script("document.getElementById('theme').click()")
    themes = value(background) != was
    sent = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in sent if m["method"] == "Network.requestWillBeSent"]
    network = [url for url in urls if not url.startswith(("file:", "data:", "blob:"))]
    says = ["yes" if found else "NO" for found in (plays, moves, loops, zooms, themes)]
    off = f"{abs(after - before):.3f}"
    return [
        f"{page.stat().st_size / 1e6:.1f}",
        says[0],
        off,
        *says[1:],
        str(len(browser.get_log("browser"))),
        str(len(network)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_clip_options(parser, "preview")
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="keep screenshots")
    options = parser.parse_args()
    if options.shots is not None:
        options.shots.mkdir(parents=True, exist_ok=True)
    lines = []
    with tempfile.TemporaryDirectory() as name:
        browser = open_browser()
        for path in chosen_clips(options):
            page = Path(name) / f"{path.stem}.html"
            chosen = [word for item in options.set for word in ("--set", item)]
            command = [sys.executable, "-m", "texturize", "synth", str(path), "-c", options.preset, *chosen, "-q"]
            result = Path(name) / f"{path.stem}.wav"
            subprocess.run([*command, "--variations", "2", "-o", str(result), "--report", str(page)], check=True)
            lines.append([path.stem, *look(browser, page, options.shots)])
            print(*lines[-1], flush=True)
        browser.quit()
    print(table(HEAD, lines))


if __name__ == "__main__":
    main()
