"""Lists of a batch: what is read, and errors that name line and column."""

from __future__ import annotations

import json
import os
from pathlib import Path, PureWindowsPath

import numpy as np
import pytest
import soundfile

from texturize.batch import names as batch_names
from texturize.batch import plan_jobs, read_sources, sort_out
from texturize.config.presets import load_config
from texturize.errors import OutputError, TexturizeError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    y = 0.1 * np.random.default_rng(0).standard_normal(8000)
    for name in ("clips/rain.wav", "clips/wind.flac", "clips/night/rain.wav", "clips/.hidden.wav", "out/old.wav"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(name, y, 8000)
    Path("clips/notes.txt").write_text("no sound")
    return tmp_path


def names(*sources: str, **options: object) -> dict[str, str]:
    return {job.name: job.input.as_posix() for job in plan_jobs(read_sources(sources, Path("out")), **options)}


def test_folders_patterns_and_files(folder):
    of_folder = {
        "night/rain.texture.wav": "clips/night/rain.wav",
        "rain.texture.wav": "clips/rain.wav",
        "wind.texture.wav": "clips/wind.flac",
    }
    assert names("clips") == of_folder
    assert names("clips/*.wav") == {"rain.texture.wav": "clips/rain.wav"}
    assert names("clips/wind.flac", flags={"output.variations": 2}) == {
        "wind.texture.1.wav": "clips/wind.flac",
        "wind.texture.2.wav": "clips/wind.flac",
    }
    assert names(".").keys() == {f"clips/{name}" for name in of_folder}


def test_results_that_lie_among_the_clips_are_no_clips(folder):
    Path("clips/rain.wav.json").write_text("{}")
    assert "rain.texture.wav" not in names("clips")


def told(*sources: str, out: str = "out") -> tuple[set[str], list[str]]:
    """Clips of sources, and what is said of the other files."""
    said: list[str] = []
    rows = read_sources(sources, Path(out), said.append)
    return {row.input.as_posix() for row in rows}, said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_what_is_no_clip_is_told_of_once_by_kind(folder):
    sound = Path("clips/rain.wav").read_bytes()
    for name in ("rain.wave", "rain.BWF", "rain.m4a", "wind.m4a", "rain"):
        Path("clips", name).write_bytes(sound)
    os.mkfifo("clips/pipe.wav")
    Path("clips/broken.wav").symlink_to("nowhere.wav")
    Path("clips/again").symlink_to("night", target_is_directory=True)
    clips, said = told("clips")
    assert clips == {f"clips/{name}" for name in ("rain.wav", "rain.wave", "rain.BWF", "wind.flac", "night/rain.wav")}
    assert len(said) == 1
    assert said[0].startswith("clips: left out: 2 .m4a, ")
    for part in ("1 .txt", "1 pipe or device", "1 broken link", "1 link to a folder", "1 file without an ending"):
        assert part in said[0]
    assert told("clips/*.wav") == ({"clips/rain.wav"}, ["clips/*.wav: left out: 1 broken link, 1 pipe or device"])
    assert told("clips/rain.wav") == ({"clips/rain.wav"}, [])
    assert told("clips/night") == ({"clips/night/rain.wav"}, [])
    with pytest.raises(TexturizeError, match=r"no sound file matches, but 2 \.m4a; sound files end in"):
        told("clips/*.m4a")


@pytest.mark.parametrize("how", ["name", "variation", "manifest", "tag"])
def test_textures_are_not_made_of_textures_by_the_way(folder, how):
    """However `synth` has named its result: a file that is named alone is taken, and said."""
    own = {"name": "clips/a.texture.wav", "variation": "clips/a.texture.12.flac"}.get(how, "clips/a.flac")
    with soundfile.SoundFile(own, "w", 8000, 1) as file:
        if how == "tag":
            file.software = "texturize 0.2.0"
        file.write(np.zeros(800))
    if how == "manifest":
        Path(f"{own}.json").write_text("{}")
    clips, said = told("clips")
    assert clips == {"clips/rain.wav", "clips/wind.flac", "clips/night/rain.wav"}
    assert "1 made by texturize" in said[0]
    assert told(own) == ({own}, [f"{own}: made by texturize itself; taken as a clip because you named it"])
    with pytest.raises(TexturizeError, match=r"but 1 made by texturize.*; name files one by one"):
        told("clips/a*")


@pytest.mark.parametrize("out", ["clips", ".", "clips/night/results"])
def test_the_output_folder_may_be_around_the_clips_or_among_them(folder, out):
    Path(out).mkdir(exist_ok=True)
    assert told("clips", out=out)[0] == {"clips/rain.wav", "clips/wind.flac", "clips/night/rain.wav"}


def test_clips_that_differ_in_their_endings_are_both_made(folder):
    sound = Path("clips/wind.flac").read_bytes()
    Path("clips/rain.flac").write_bytes(sound)
    assert names("clips") == {
        "night/rain.texture.wav": "clips/night/rain.wav",
        "rain.flac.texture.wav": "clips/rain.flac",
        "rain.wav.texture.wav": "clips/rain.wav",
        "wind.texture.wav": "clips/wind.flac",
    }
    assert list(names("clips/rain.*", flags={"output.variations": 2}, ending=".ogg")) == [
        "rain.flac.texture.1.ogg", "rain.flac.texture.2.ogg", "rain.wav.texture.1.ogg", "rain.wav.texture.2.ogg",
    ]  # fmt: skip
    with pytest.raises(OutputError, match=r"would both write rain\.texture\.wav"):
        names("clips/rain.wav", "clips/night/rain.wav")


@pytest.mark.parametrize(
    ("one", "other"), [("a", "A"), ("stra\u00dfe", "STRASSE"), ("caf\u00e9", "cafe\u0301"), ("d/a", "D/a")]
)
def test_names_that_a_file_system_takes_for_one(folder, monkeypatch, one, other):
    """Here it takes them for two; there, by a stand-in for a system that finds any file under any of these names."""
    Path("list.csv").write_text(f"input,output\na.wav,{one}.wav\nb.wav,{other}.wav\n", encoding="utf-8")
    jobs = plan_jobs(read_sources(["list.csv"], Path("out")))
    assert len(sort_out(jobs, Path("out"), {}).jobs) == 2
    assert sorted(path.name for path in Path("out").iterdir()) == ["old.wav"]
    monkeypatch.setattr(batch_names, "exists", lambda path: any(path.parent.iterdir()))
    with pytest.raises(OutputError, match=r"list\.csv line 2 and list\.csv line 3 would both write .*: out takes"):
        sort_out(jobs, Path("out"), {})


@pytest.mark.parametrize("name", ["..\\a.wav", "b\\..\\..\\a.wav", "c:a.wav", "c:/a.wav", "\\\\host\\share\\a.wav"])
def test_names_outside_of_the_folder_where_paths_are_those_of_windows(folder, monkeypatch, name):
    monkeypatch.setattr(batch_names, "PurePath", PureWindowsPath)
    Path("list.jsonl").write_text(json.dumps({"input": "a.wav", "output": name}))
    with pytest.raises(OutputError, match="is outside of the output folder; name a file within it"):
        plan_jobs(read_sources(["list.jsonl"], Path("out")))


SPREADSHEETS = {
    "empty columns": "input,seed,duration,,\r\nclips/rain.wav,3,2.5,,\r\n,,,,\r\n",
    "more empty cells than columns": "input,seed,duration\nclips/rain.wav,3,2.5,,\n",
    "an empty column between": "input,,seed,duration\nclips/rain.wav,,3,2.5\n",
    "whole numbers with a point": "input,seed,duration\nclips/rain.wav,3.0,2.50\n",
    "semicolons and decimal commas": "input;seed;duration\nclips/rain.wav;3,0;2,5\n",
    "a separator that is told": "sep=;\r\ninput;seed;duration\r\nclips/rain.wav;3;2,5\r\n",
    "tabs": "input\tseed\tduration\nclips/rain.wav\t3\t2.5\n",
    "everything in quotes": '"input","seed","duration"\n"clips/rain.wav","3","2.5"\n',
}


@pytest.mark.parametrize("text", SPREADSHEETS.values(), ids=SPREADSHEETS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_as_spreadsheets_write_them(folder, text, encoding):
    Path("list.csv").write_text(text, encoding=encoding, newline="")
    (job,) = plan_jobs(read_sources(["list.csv"], Path("out")))
    assert (job.input, job.config.seed, job.config.output.duration) == (Path("clips/rain.wav"), 3, 2.5)


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl"])
def test_a_row_says_what_it_wants(folder, name):
    if name == "list.csv":
        text = (
            "input,output,preset,seed,duration,output.loudness,filters.widths\n"
            'clips/rain.wav,a/b.flac,preview,7,2.5,-23,"[2, 4]"\n\nclips/wind.flac,,,,,,\n'
        )
    else:
        text = (
            '{"input": "clips/rain.wav", "output": "a/b.flac", "preset": "preview", "seed": 7, "duration": 2.5, '
            '"output.loudness": -23, "filters.widths": [2, 4]}\n\n{"input": "clips/wind.flac", "seed": null}\n'
        )
    Path(name).write_text(text)
    first, second = plan_jobs(read_sources([name], Path("out")), flags={"output.loudness": -30.0, "seed": 3})
    assert (first.name, first.input, first.where) == (
        "a/b.flac",
        Path("clips/rain.wav"),
        f"{name} line 2" if name == "list.csv" else f"{name} line 1",
    )
    config = first.config
    assert (config.seed, config.output.duration, config.output.loudness, config.filters.widths) == (7, 2.5, -23, (2, 4))
    assert first.origin[0] == "preview"
    assert first.origin[1] == ("output.loudness=-23", "filters.widths=[2, 4]", "output.duration=2.5")
    assert (second.config.seed, second.config.output.loudness, second.name) == (3, -30, "wind.texture.wav")


CSV = [
    ("", ": an empty list; its first line names the columns, such as input,output,seed"),
    ("clip\na.wav\n", " line 1, column 1: unknown column 'clip'; `texturize config` prints all keys"),
    ("input,filters.cuont\n", " line 1, column 2: unknown column 'filters.cuont'; the nearest is filters.count"),
    ("seed,seed,input\n", " line 1, column 1: seed is there twice; take one out"),
    ("seed\n1\n", " line 1: there is no column 'input'; its first line names the columns: input,output,..."),
    ("input,seed\na.wav,1,2\n", ' line 2: 3 cells under 2 columns; put text with a comma in "quotes"'),
    ("input,,seed\na.wav,x,2\n", " line 2, column 2: x is in a column without a name; name the column in the first line"),
    ("input,seed\na.wav,1.23457E+09\n", " line 2: seed is 1234570000.0, but must be a whole number"),
    ("input,seed\n,1\n", " line 2, column input: no clip is named; name one, or take the line out"),
    ("input,seed\na.wav,1.5\n", " line 2: seed is 1.5, but must be a whole number"),
    ("input,seed\na.wav,[1\n", " line 2, column seed: [1 is not a value in YAML; put text in quotes"),
    ("input,preset\na.wav,defualt\n", " line 2: there is no preset 'defualt'; the nearest is 'default'"),
    ("input,preset,config\na.wav,best,b.yaml\n", " line 2: both a preset and a config; leave one of the two columns empty"),
    ("input,filters.count\na.wav,4\nb.wav,0\n", " line 3: filters.count is 0, but must be at least 1"),
    ('input\n"a.wav\n', " line 2: unexpected end of data; write CSV: commas, and text in quotes"),
    ("input,output.variations,output.joinable\na.wav,2,true\n", " line 2: a batch makes each result by itself, so none can be joinable; use `texturize synth`"),
    ("input,output\na.wav,../b.wav\n", " line 2: ../b.wav is outside of the output folder; name a file within it"),
    ("input,output\na.wav,b.txt\n", " line 2: b.txt: unknown ending '.txt'; use one of "),
    ("input,at\na.wav,2-1\n", " line 2, column at: the stretch '2-1' runs backwards, or has no length; write its start"),
    ("input,at\na.wav,1\n", " line 2, column at: '1' is not a stretch; write START-END in seconds or m:s, such as"),
    ("input,at,duration\na.wav,1-2,9\n", " line 2: a recording that is mended stays as long as it is; leave out"),
    ("input,at,learn\na.wav,,1-2\n", " line 2: 'learn' goes with stretches; name them in a column at, such as 12.3"),
    ("input\n\xe9.wav\n", ": the list cannot be read: not a text file in UTF-8; give a CSV or JSON lines file"),
]  # fmt: skip
JSONL = [
    ("\n", ': an empty list; write {"input": "rain.wav", ...}, one on each line'),
    ('{"input": "a.wav"}\n{"input": }\n', " line 2, column 11: Expecting value; write one JSON object on each line"),
    ('["a.wav"]\n', ' line 1: ["a.wav"] is not an object; write {"input": "rain.wav", ...}'),
    ('{"input": 3}\n', " line 1, column input: 3 is no name; write a name in quotes"),
    ('{"input": "a.wav", "input": "b.wav"}\n', " line 1: key 'input' is there twice; take one out"),
    ('{"input": "a.wav", "sede": 1}\n', " line 1: unknown column 'sede'; the nearest is seed"),
    ('{"input": "a.wav", "seed": "1"}\n', ' line 1: seed is "1", but must be a whole number'),
    (
        '{"input": "a.wav", "seed": 3.0}\n{"input": "b.wav", "seed": 3.5}\n',
        " line 2: seed is 3.5, but must be a whole number",
    ),
    ('{"input": "a.wav"}\n{"input": "b/a.wav"}\n', " line 1 and list.jsonl line 2 would both write a.texture.wav; "),
]


STRETCHES = [
    ("list.csv", 'input,at,learn\nclips/wind.flac,1-1.5 0:02-2.25,"0-1;3-4"\n'),
    ("list.csv", "input;at;learn\nclips/wind.flac;1,0-1,5 2-2,25;0-1 3-4\n"),
    ("list.jsonl", '{"input": "clips/wind.flac", "at": ["1-1.5", "2-2.25"], "learn": "0-1 3-4"}\n'),
]


@pytest.mark.parametrize(("name", "text"), STRETCHES)
def test_rows_with_stretches_are_recordings_to_be_mended(folder, name, text):
    Path(name).write_text(text)
    (job,) = plan_jobs(read_sources([name], Path("out")))
    assert job.name == "wind.filled.flac"
    assert job.mending.stretches == ((1.0, 1.5), (2.0, 2.25))
    assert job.mending.learn == ((0.0, 1.0), (3.0, 4.0))
    assert job.config == load_config("fill")
    Path(name).write_text(text.replace("wind.flac", "talk.mp3"))
    assert plan_jobs(read_sources([name], Path("out")), source="preview")[0].name == "talk.filled.wav"


@pytest.mark.parametrize(
    ("name", "text", "message"), [("list.csv", *case) for case in CSV] + [("list.jsonl", *case) for case in JSONL]
)
def test_errors_name_line_and_column(folder, name, text, message):
    Path(name).write_text(text, encoding="latin-1")
    with pytest.raises(TexturizeError) as caught:
        plan_jobs(read_sources([name], Path("out")))
    assert str(caught.value).startswith(name + message)


def test_sources_that_are_nothing(folder):
    Path("empty").mkdir()
    for source, message in [
        ("none.csv", "none.csv: no such list; check the name"),
        ("no*.wav", "no*.wav: no such file, and no file matches; give a folder, a pattern or a list"),
        ("empty", "empty: no sound file in this folder; sound files end in "),
    ]:
        with pytest.raises(TexturizeError) as caught:
            read_sources([source], Path("out"))
        assert str(caught.value).startswith(message)


def test_seeds_have_room_for_the_variations(folder):
    with pytest.raises(TexturizeError, match="seed 4294967295 leaves no room for 2 variations"):
        plan_jobs(read_sources(["clips/rain.wav"], Path("out")), flags={"seed": 2**32 - 1, "output.variations": 2})
