"""Check that the wheel holds what the repository has to give, and that what is installed is it and not a checkout.

python .ci/wheel_contents.py WHEEL REPOSITORY
"""

import sys
import zipfile
from importlib.metadata import files, metadata
from pathlib import Path

import texturize
from texturize.config.presets import preset_names

wheel, repository = Path(sys.argv[1]), Path(sys.argv[2])
names = set(zipfile.ZipFile(wheel).namelist())
modules = {
    path.relative_to(repository).as_posix()
    for path in (repository / "texturize").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}
presets = {path.stem for path in (repository / "configs").glob("*.yaml")}

missing = modules | {f"texturize/configs/{name}.yaml" for name in presets}
missing -= names
assert not missing, f"not in the wheel: {sorted(missing)}"
assert "texturize/py.typed" in names
assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names), "no LICENSE in the wheel"
strays = {name for name in names if not name.startswith("texturize")}
assert not strays, f"in the wheel, and should not be: {sorted(strays)}"

assert repository not in Path(texturize.__file__).parents, (
    f"{texturize.__file__} is the checkout, not what was installed"
)
assert set(preset_names()) == presets, f"presets found: {preset_names()}"
assert metadata("texturize-audio")["License-Expression"] == "Apache-2.0"
assert any(file.name == "texturize" for file in files("texturize-audio") or ()), "no command"
print(f"{wheel.name}: {len(names)} files, {len(presets)} presets, py.typed and LICENSE among them")
