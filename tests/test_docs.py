"""README and docs say what is so: commands, flags, keys, links, tables, and figures, which are those that were measured."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from pathlib import Path

import click
import pytest

from texturize.cli.group import texturize
from texturize.config import Config

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(DOCS.glob("*.md"))
named = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n|\n)+")
CODE = re.compile(r"`([^`\n]+)`")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
OTHERS_FLAGS = {
    "pip": {"--require-hashes", "--no-build-isolation", "--no-index"},
    "pip-audit": {"--strict"},
    "mypy": {"--platform"},
    "pytest": {"--golden-update"},
    "dask": {"--nthreads", "--scheduler-file", "--death-timeout"},
    "sbatch": {"--array", "--cpus-per-task", "--wrap"},
}


def commands() -> dict[str, click.Command]:
    context = click.Context(texturize)
    return {name: texturize.get_command(context, name) for name in texturize.list_commands(context)}


COMMANDS = commands()


def flags(command: click.Command) -> set[str]:
    options = [param for param in command.get_params(click.Context(command)) if isinstance(param, click.Option)]
    return {name for option in options for name in (*option.opts, *option.secondary_opts)}


FLAGS = {name: flags(command) for name, command in COMMANDS.items()}
ALL_FLAGS = set().union(*FLAGS.values(), flags(texturize))


def plain(text: str) -> str:
    """The page without its blocks of code."""
    return INDENTED.sub("\n", FENCED.sub("", text))


def lines_of_code(text: str) -> list[str]:
    """Lines of all blocks of code, those that end in a backslash joined to the next."""
    blocks = [match[2] for match in FENCED.finditer(text)] + [match[0] for match in INDENTED.finditer(text)]
    return re.sub(r"\\\n\s*", "", "\n".join(blocks)).splitlines()


def command_lines(text: str) -> list[list[str]]:
    """Every ``texturize ...`` of the code blocks, and of code in sentences that has more words than its command."""
    lines = [line.split(" # ")[0].strip() for line in lines_of_code(text)]
    lines += [code.replace("\\|", "|") for code in CODE.findall(plain(text)) if code.count(" ") > 1]
    found = []
    for line in lines:
        for part in re.split(r"\||;|&&|&$|^- run:|^\$ | > ", line):
            words = part.strip().removeprefix("do ").removeprefix("run: ")
            if words.startswith("texturize ") and "..." not in words and "COMMAND" not in words:
                found.append(shlex.split(re.sub(r"\$\w+", "1", words))[1:])
    return found


@named
def test_every_command_line_parses(page, monkeypatch):
    for name in COMMANDS:
        monkeypatch.setattr(COMMANDS[name], "callback", lambda **_: None)
    for words in command_lines(page.read_text()):
        try:
            texturize.main(words, standalone_mode=False)
        except click.ClickException as error:
            pytest.fail(f"texturize {' '.join(words)}: {error.format_message()}")
        except click.exceptions.Exit:
            pass


def test_lines_are_found_and_wrong_ones_refused():
    text = "A\n\n    texturize synth a.wav --loop\n    cat a | texturize synth - -o b.wav   # so\n\n`texturize synth a.wav -x 1`\n"
    assert command_lines(text) == [
        ["synth", "a.wav", "--loop"],
        ["synth", "-", "-o", "b.wav"],
        ["synth", "a.wav", "-x", "1"],
    ]
    with pytest.raises(click.ClickException):
        texturize.main(["synth", "a.wav", "-x", "1"], standalone_mode=False)


def script_flags(script: str) -> set[str]:
    return set(FLAG.findall((ROOT / script).read_text()))


@named
def test_every_flag_exists(page):
    text = page.read_text()
    for code in CODE.findall(plain(text)) + lines_of_code(text):
        used = set(FLAG.findall(code))
        script = re.search(r"(benchmarks|demo)/\w+\.py", code)
        tools = [tool for tool in OTHERS_FLAGS if re.search(rf"\b{tool}\b", code)]
        if "texturize " in code:
            continue  # parsed as a whole by the test above
        known = ALL_FLAGS | set().union(*OTHERS_FLAGS.values())
        if script:
            known = script_flags(script[0])
        elif tools:
            known = set().union(*(OTHERS_FLAGS[tool] for tool in tools))
        elif "make bench-loudness" in code:
            known = script_flags("benchmarks/loudness.py")
        elif (ROOT / "benchmarks" / f"{page.stem}.py").exists():
            known = ALL_FLAGS | script_flags(f"benchmarks/{page.stem}.py")
        assert used <= known, code


def command_sections() -> dict[str, str]:
    parts = re.split(r"^## (\w+)\n", (DOCS / "commands.md").read_text(), flags=re.MULTILINE)
    return {name: body for name, body in zip(parts[1::2], parts[2::2], strict=True) if name in COMMANDS}


def test_the_page_of_commands_has_every_command_and_flag():
    sections = command_sections()
    assert list(sections) == list(COMMANDS)
    text = (DOCS / "commands.md").read_text()
    assert set(FLAG.findall(text)) == {flag for flag in ALL_FLAGS if flag.startswith("--")}
    for name, body in sections.items():
        tables = "".join(line.split("|")[1] for line in body.splitlines() if line.startswith("| `-"))
        assert set(FLAG.findall(tables)) <= FLAGS[name], name
        alike = dict.fromkeys(("morph", "transfer", "batch"), "synth") | {"extend": "fill"}
        shared = FLAGS[alike[name]] if name in alike else {"--debug", "--help"}
        left = {flag for flag in FLAGS[name] if flag.startswith("--")} - set(FLAG.findall(body)) - shared
        assert not left - {"--config", "--set"}, name


def test_what_is_said_to_be_missing_is_missing():
    assert FLAGS["synth"] - FLAGS["morph"] == {"--report"}
    assert FLAGS["synth"] - FLAGS["transfer"] == {"--report"}
    assert FLAGS["fill"] - FLAGS["extend"] == {"--at", "--labels", "--detect", "--insert"}
    assert FLAGS["synth"] - FLAGS["batch"] == {"--picture", "--manifest", "--report", "--trace"}


def config_keys() -> set[str]:
    def keys(model, prefix: str) -> set[str]:
        found = set()
        for name, field in model.model_fields.items():
            found.add(f"{prefix}{name}")
            kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
            for kind in kinds:
                if hasattr(kind, "model_fields"):
                    found |= keys(kind, f"{prefix}{name}.")
        return found

    return keys(Config, "")


@named
def test_every_config_key_exists(page):
    keys = config_keys()
    sections = {key.split(".")[0] for key in keys if "." in key}
    modules = {path.stem for path in (ROOT / "texturize").rglob("*.py")} - sections
    for code in CODE.findall(plain(page.read_text())):
        for key in re.findall(r"^([a-z_]+(?:\.[a-z_0-9]+)+)\b", code.removeprefix("--set ")):
            if key.split(".")[0] in sections - modules and not key.endswith((".md", ".py", ".wav", ".json", ".flac")):
                assert key in keys, key


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@named
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", plain(page.read_text())):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_file(), target
        assert not anchor or anchor in anchors(there), target


def tables(text: str) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in FENCED.sub("", text).splitlines():
        if line.startswith("|"):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def cells(line: str) -> int:
    return len(re.split(r"(?<!\\)\|", line.strip().strip("|") if line.count("|") < 2 else line.strip()[1:-1]))


@named
def test_every_table_has_even_columns(page):
    for table in tables(page.read_text()):
        assert re.fullmatch(r"\|(\s*:?-+:?\s*\|)+", table[1]), table[0]
        for line in table:
            assert line.rstrip().endswith("|"), line
            assert cells(line) == cells(table[0]), line


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_every_page_says_what_it_is(page):
    title, empty, first = page.read_text().splitlines()[:3]
    assert title.startswith("# ")
    assert not empty
    assert re.match(r"\*(Guide|Reference|Lab notes)\.\* ", first)


def test_the_readme_leads_to_every_page():
    linked = set(re.findall(r"\]\((docs/\w[\w-]*\.md)", (ROOT / "README.md").read_text()))
    assert linked == {f"docs/{page.name}" for page in DOCS.glob("*.md")}


# What was measured


@pytest.fixture
def excerpts(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in ("tables", "figures", "excerpts"):
        sys.modules.pop(name, None)
    yield importlib.import_module("excerpts")
    for name in ("tables", "figures", "excerpts"):
        sys.modules.pop(name, None)


def test_figures_are_those_that_were_measured(excerpts):
    for page in excerpts.pages():
        assert page.read_text() == excerpts.written(page), f"{page.name} is not as its figures: make figures"


def test_every_file_of_figures_has_its_page_and_markers(excerpts):
    for path in (DOCS / "figures").glob("*.json"):
        page = DOCS / f"{path.stem}.md"
        marked = set(re.findall(r"<!-- begin (\S+) -->", page.read_text()))
        quoted = {name for place, name in excerpts.BLOCKS if place == page}
        assert marked == set(excerpts.read(page)) | quoted


def test_a_changed_figure_is_noticed(excerpts, monkeypatch):
    page = DOCS / "speed.md"
    kept = excerpts.read

    def other(of):
        sections = kept(of)
        if of == page:
            table = sections["c"].table()
            sections["c"] = sections["c"]._replace(
                content=[table._replace(rows=[[*row[:-1], "7"] for row in table.rows])]
            )
        return sections

    monkeypatch.setattr(excerpts, "read", other)
    assert excerpts.written(page) != page.read_text()


def test_no_other_sentence_of_the_readme_has_a_measured_figure():
    text = re.sub(
        r"<!-- begin (\w+) -->.*?<!-- end \1 -->", "", plain((ROOT / "README.md").read_text()), flags=re.DOTALL
    )
    text = re.sub(r"\]\([^)]*\)|`[^`]*`", "", text)
    text = re.sub(r"Python 3\.11(?: or newer| to 3\.13)|Apache-2\.0|1\.5 a result", "", text)
    assert not re.findall(r"\d+\.\d+|\d+ %|\d+ times", text)
