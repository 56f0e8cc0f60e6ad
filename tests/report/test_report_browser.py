"""The page of a report in Chromium: it plays, switches, zooms, sorts, heeds the keys, and is silent on the network."""

from __future__ import annotations

import json
import shutil
import time

import numpy as np
import pytest

from texturize.report import Sound, write_report

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

SR = 16_000
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium or its driver is not installed (chromium, chromium-driver)"
)


def bursts(seed, seconds=3.0, level=0.02):
    """Noise that is loud for 8 ms around every half second, so that a spectrogram has something to show."""
    y = level * np.random.default_rng(seed).standard_normal((2, round(seconds * SR)))
    for middle in range(SR // 2, y.shape[1], SR // 2):
        y[:, middle - 64 : middle + 64] *= 8
    return np.clip(y, -0.9, 0.9).astype(np.float32)


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def sounds():
    manifest = {"texturize": "0.1.0", "losses": {"refine": [3.0, 1.0]}, "command": "</script><script>alert(1)</script>"}
    names = ("<img src=x onerror=alert(1)>.wav", "b.wav", "c.wav")
    seconds = (3.0, 2.0, 3.0)
    return [
        Sound("rain.wav", bursts(0), SR),
        *(
            Sound(name, bursts(seed, length, 0.01 + 0.005 * seed), SR, manifest)
            for seed, (name, length) in enumerate(zip(names, seconds, strict=True), 1)
        ),
    ]


@pytest.fixture
def page(browser, folder, sounds):
    """The page, freshly loaded, and what the browser has to complain of gone."""
    path = folder / "report.html"
    if not path.exists():
        write_report(path, sounds[0], sounds[1:])
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(path.as_uri())
    wait(browser, "return 'ready' in document.documentElement.dataset")
    yield browser
    assert browser.get_log("browser") == []


def wait(browser, script, seconds=10.0):
    end = time.monotonic() + seconds
    while not browser.execute_script(script):
        assert time.monotonic() < end, script
        time.sleep(0.02)


def press(browser, keys):
    webdriver.ActionChains(browser).send_keys(keys).perform()


def click(browser, selector):
    browser.find_element("css selector", selector).click()


def value(browser, expression):
    return browser.execute_script(f"return {expression}")


def pressed(browser, name):
    return value(browser, f"$('{name}').getAttribute('aria-pressed')") == "true"


def pixels(browser, letter):
    return np.array(
        value(browser, f"[...plots.{letter}.drawn.image.getContext('2d').getImageData(0, 0, 300, 60).data]")
    )


def test_the_clock_runs_and_the_cursor_with_it(page):
    assert value(page, "player.context === undefined")
    left = value(page, "plots.a.cursor.style.left")
    click(page, "#play")
    wait(page, "return player.playing && player.context.currentTime > 0.15")
    wait(page, "return player.position > 0.1 && $('time').textContent > '0:00.05'")
    assert value(page, "$('play').getAttribute('aria-label')") == "Pause"
    assert value(page, "plots.a.cursor.style.left") != left
    assert value(page, "Number($('seek').value)") > 0.05
    click(page, "#play")
    at = value(page, "player.position")
    time.sleep(0.1)
    assert value(page, "player.position") == at
    assert value(page, "$('play').getAttribute('aria-label')") == "Play"


def test_a_switch_keeps_the_place(page):
    press(page, " ")
    wait(page, "return player.position > 0.2")
    # The position less the clock is the same before and after.
    place = "player.position - player.context.currentTime"
    before, after = page.execute_script(f"const before = {place}; player.select(0); return [before, {place}]")
    assert value(page, "player.active") == 0
    assert after == pytest.approx(before, abs=0.02)
    press(page, "b")
    assert value(page, "player.active") == 1
    press(page, "a")
    assert value(page, "player.active") == 0
    assert pressed(page, "hear-a")
    assert not pressed(page, "hear-b")
    # A second result; the place is kept, and the same clock goes on.
    before, after = page.execute_script(f"const before = {place}; choose(3); return [before, {place}]")
    assert value(page, "player.playing")
    assert after == pytest.approx(before, abs=0.02)
    assert value(page, "$('hear-b-name').textContent") == "Result 3"


def test_sounds_are_equally_loud_and_their_own_on_demand(page):
    gains = value(page, "player.sounds.map((s) => s.matched)")
    levels = [gain * np.sqrt(np.mean(value_**2)) for gain, value_ in zip(gains, decoded(page), strict=True)]
    assert max(levels) / min(levels) < 1.2
    press(page, " ")
    press(page, "m")
    assert not pressed(page, "matched")
    wait(page, "return Math.abs(player.gain.gain.value - 1) < 0.01")
    click(page, "#matched")
    wait(page, "return Math.abs(player.gain.gain.value - player.sound.matched) < 0.01")


def decoded(browser):
    return [
        np.array(value(browser, f"[...player.sounds[{i}].channels[0]]")) for i in range(len(value(browser, "about")))
    ]


def test_what_is_heard_is_the_sound_to_the_sample(page, sounds):
    for y, sound in zip(decoded(page), sounds, strict=True):
        np.testing.assert_allclose(y, sound.samples[0], atol=2.1 / 32768)


def test_mp3_is_in_step_too(browser, folder, sounds, monkeypatch):
    monkeypatch.setattr("texturize.report.listening.LOSSLESS_BYTES", 0)
    write_report(folder / "mp3.html", sounds[0], sounds[1:2])
    browser.get((folder / "mp3.html").as_uri())
    wait(browser, "return 'ready' in document.documentElement.dataset")
    assert value(browser, "about[0].codec") == "MP3"
    for y, sound in zip(decoded(browser), sounds[:2], strict=True):
        assert len(y) == sound.samples.shape[1]
        assert np.corrcoef(y, sound.samples[0])[0, 1] > 0.9  # of noise that is a sample out of step it would be 0
    # As it would be from a decoder that leaves the delay in, or takes more than that off.
    for delay in (0, 529, 1105, 2257):
        begin = browser.execute_script(
            "const y = new Float32Array(about[0].samples + 2 * about[0].lead + 4000);"
            "y.set(player.sounds[0].channels[0], about[0].lead + arguments[0]); return beginning(about[0], y)",
            delay,
        )
        assert begin == value(browser, "about[0].lead") + delay


def test_loop_goes_round_and_without_it_the_end_is_the_end(page):
    assert pressed(page, "loop")
    page.execute_script("player.seek(2.8)")
    press(page, " ")
    wait(page, "return player.playing && player.position < 1")
    press(page, "l")
    assert not pressed(page, "loop")
    page.execute_script("player.seek(2.8)")
    wait(page, "return !player.playing")
    assert value(page, "player.position") == pytest.approx(3.0)
    press(page, " ")  # from the start again
    wait(page, "return player.playing && player.position < 1")


def test_a_shorter_result_goes_round(page):
    page.execute_script("player.select(0); player.seek(2.5)")
    press(page, "2")
    assert value(page, "player.active") == 2
    assert value(page, "player.position") == pytest.approx(0.5)


def test_seeking(page):
    plot = page.find_element("id", "plot-b")
    webdriver.ActionChains(page).move_to_element(plot).click().perform()
    assert value(page, "player.position") == pytest.approx(1.5, abs=0.01)
    assert value(page, "parseFloat(plots.b.cursor.style.left)") == pytest.approx(50, abs=0.5)
    right, left, home = "\ue014", "\ue012", "\ue011"
    press(page, right)
    assert value(page, "player.position") == pytest.approx(2.5, abs=0.01)
    press(page, left)
    press(page, left)
    assert value(page, "player.position") == pytest.approx(0.5, abs=0.01)
    press(page, home)
    assert value(page, "player.position") == 0


def test_zooming_shows_more(page):
    whole = pixels(page, "a")
    assert len(np.unique(whole)) > 50
    press(page, "+")
    assert value(page, "view.end - view.start") == pytest.approx(1.5)
    assert value(page, "$('zoom-level').textContent") == "2.0 times"
    wait(page, "return plots.a.drawn.end - plots.a.drawn.start < 1.51")
    assert not np.array_equal(pixels(page, "a"), whole)
    press(page, "-")
    assert value(page, "view.end - view.start") == pytest.approx(3.0)
    click(page, "#zoom-in")
    click(page, "#zoom-in")
    assert value(page, "view.end - view.start") == pytest.approx(0.75)
    click(page, "#zoom-fit")
    assert value(page, "[view.start, view.end]") == [0, 3]
    plot = page.find_element("id", "plot-a")
    origin = webdriver.common.actions.wheel_input.ScrollOrigin.from_element(plot)
    webdriver.ActionChains(page).scroll_from_origin(origin, 0, -200).perform()
    wait(page, "return view.end - view.start < 2.9")
    assert value(page, "(view.start + view.end) / 2") == pytest.approx(1.5, abs=0.02)


def test_a_burst_is_a_line_in_the_spectrogram(page):
    """The columns at the bursts, every half second, are the brightest."""
    page.execute_script("show(0.3, 1.0)")
    wait(page, "return plots.a.drawn.start > 0.29")
    bright = value(
        page,
        "(() => { const i = plots.a.drawn.image, d = i.getContext('2d').getImageData(0, 0, i.width, 20).data;"
        " return Array.from({length: i.width}, (_, x) => Array.from({length: 20}, (_, y) => d[4 * (y * i.width + x)])"
        ".reduce((a, b) => a + b)) })()",
    )
    half = len(bright) // 2
    first, second = (start + int(np.argmax(bright[start : start + half])) for start in (0, half))
    assert 0.3 + first / len(bright) == pytest.approx(0.5, abs=0.025)
    assert 0.3 + second / len(bright) == pytest.approx(1.0, abs=0.025)


def test_theme(page):
    def background():
        return value(page, "getComputedStyle(document.body).backgroundColor")

    before, was = background(), pressed(page, "theme")
    click(page, "#theme")
    assert background() != before
    assert pressed(page, "theme") != was
    click(page, "#theme")
    assert background() == before


def test_sorting_the_overview(page):
    def column(number):
        return value(page, f"[...$('overview').tBodies[0].rows].map((r) => r.children[{number}].textContent.trim())")

    header = "#overview thead th:nth-child(8)"
    click(page, f"{header} button")
    assert page.find_element("css selector", header).get_attribute("aria-sort") == "ascending"
    levels = [float(text) for text in column(7)]
    assert levels == sorted(levels)
    page.find_element("css selector", f"{header} button").send_keys("\n")  # by the keyboard
    assert page.find_element("css selector", header).get_attribute("aria-sort") == "descending"
    assert [float(text) for text in column(7)] == levels[::-1]
    assert value(page, "document.querySelectorAll('#overview [aria-sort=none]').length") == 10
    click(page, "#overview thead th:nth-child(2) button")
    assert [name.split()[-1] for name in column(1)] == ["onerror=alert(1)>.wav", "b.wav", "c.wav"]


def test_hearing_from_the_overview_and_jumping(page):
    click(page, "#overview tr[data-result='3'] .hear")
    wait(page, "return player.playing && player.active === 3")
    assert value(page, "$('name-b').textContent") == "c.wav"
    assert value(page, "document.querySelector('#overview .chosen').dataset.result") == "3"
    page.find_element("css selector", "#overview tr[data-result='2'] a").send_keys("\n")
    assert page.current_url.endswith("#result-2")
    wait(page, "return Math.abs($('result-2').getBoundingClientRect().top) < 100")


def test_a_focused_button_keeps_space_for_itself(page):
    page.find_element("id", "loop").send_keys(" ")
    assert not pressed(page, "loop")
    assert not value(page, "player.playing")
    click(page, "#loop")
    press(page, " ")  # after a click with the mouse it is the player's
    wait(page, "return player.playing")
    assert pressed(page, "loop")


def test_everything_has_a_name(page):
    unnamed = value(
        page,
        "[...document.querySelectorAll('button, input, canvas, [role=region]')].filter((e) => "
        "!(e.textContent.trim() || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby'))).length",
    )
    assert unnamed == 0
    ids = value(page, "[...document.querySelectorAll('[id]')].map((e) => e.id)")
    assert len(ids) == len(set(ids))


def test_fits_a_narrow_window(page):
    metrics = {"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        wait(page, "return innerWidth === 320")
        assert value(page, "document.documentElement.scrollWidth") <= 320
        wait(page, "return plots.a.drawn.image.width < 640")
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_no_request_leaves_the_page(page):
    press(page, " ")
    wait(page, "return player.position > 0.1")
    assert value(page, "performance.getEntriesByType('resource').map((entry) => entry.name)") == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    requested = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert {url.split(":")[0] for url in requested} <= {"file", "data"}
    assert sum(url.startswith("file:") for url in requested) == 1  # the page itself


def test_what_cannot_be_decoded_is_said(browser, folder, sounds, page):
    text = (folder / "report.html").read_text(encoding="utf-8")
    start = text.index('id="audio-0">') + len('id="audio-0">')
    (folder / "broken.html").write_text(text[:start] + "AAAA" + text[text.index("<", start) :], encoding="utf-8")
    browser.get((folder / "broken.html").as_uri())
    wait(browser, "return !$('problem').hidden")
    assert "cannot play the sound of this page" in value(browser, "$('problem').textContent")


def test_pages_of_one_channel_and_one_result(browser, folder):
    write_report(folder / "one.html", Sound("a", bursts(0)[:1], SR), [Sound("b", bursts(1)[:1], SR)])
    browser.get((folder / "one.html").as_uri())
    wait(browser, "return 'ready' in document.documentElement.dataset")
    assert not browser.find_elements("id", "overview")
    press(browser, " ")
    wait(browser, "return player.position > 0.1")
    assert browser.get_log("browser") == []
