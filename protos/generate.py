"""Makes the Python stubs from the protos; the only way they are made.

Two trees come out. The server's lands in `server/daypass/api` just as the
compiler writes it, because the folder of a proto is its package. The client's
lands in `daypass_client._stubs`, with its imports rewritten, so that the client
works where the server is not installed. Both register the same descriptors
under the same names, which the protobuf runtime takes as one.

    python protos/generate.py            writes both trees
    python protos/generate.py --check    writes nothing; fails if a tree differs
"""

# ruff: noqa: INP001 - a program beside what it reads, not a package.

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
REPOSITORY = PROTOS.parent
# What a tree is made of; anything else in its folder is left alone.
SUFFIXES = (".py", ".pyi")
# Where the compiler writes the name of a package: in imports, and where it tells
# messages which module they are of.
PACKAGE = re.compile(
    r"""(^(?:from|import)\ |AndMessages\(DESCRIPTOR,\ ')(daypass\.api\b)""",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A place where stubs go.

    Attributes:
        folder: what the tree owns, below the repository.
        root_package: what stands before `daypass.api` in its imports.
        docstrings: the docstring of each package that is not made from protos.
    """

    folder: str
    root_package: str
    docstrings: Mapping[str, str]


TREES = (
    Tree(
        folder="server/daypass/api",
        root_package="",
        docstrings={
            "": "Generated stubs of the protos; `protos/generate.py` writes them."
        },
    ),
    Tree(
        folder="clients/python/src/daypass_client/_stubs",
        root_package="daypass_client._stubs.",
        docstrings={
            "": "Generated stubs, private to the client;"
            " `protos/generate.py` writes them.",
            "daypass": "The root of the generated packages.",
            "daypass/api": "Generated stubs of the protos.",
        },
    ),
)


def main(arguments: list[str]) -> int:
    """Writes or checks the trees, and returns the exit code."""
    parser = argparse.ArgumentParser(description="Makes the Python stubs.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a tree differs"
    )
    check: bool = parser.parse_args(arguments).check
    compiled = compile_protos()
    differing: list[str] = []
    for tree in TREES:
        wanted = render(tree, compiled)
        folder = REPOSITORY / tree.folder
        differing += [f"{tree.folder}/{name}" for name in differences(folder, wanted)]
        if not check:
            write(folder, wanted)
    if check and differing:
        names = "\n  ".join(differing)
        sys.stderr.write(f"stubs differ; run python protos/generate.py:\n  {names}\n")
        return 1
    return 0


def compile_protos() -> dict[str, str]:
    """Runs the compiler and returns what it wrote, by path below `daypass/api`."""
    protos = sorted(str(path) for path in (PROTOS / "daypass").rglob("*.proto"))
    with tempfile.TemporaryDirectory() as output:
        code = protoc.main(
            [
                "protoc",
                f"--proto_path={PROTOS}",
                f"--proto_path={PROTOS / 'third_party'}",
                f"--proto_path={files('grpc_tools') / '_proto'}",
                # Plugins stand beside the interpreter that runs this.
                *(
                    f"--plugin={name}={Path(sys.executable).parent / name}"
                    for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
                ),
                f"--python_out={output}",
                f"--grpc_python_out={output}",
                f"--mypy_out=quiet:{output}",
                f"--mypy_grpc_out=quiet:{output}",
                *protos,
            ]
        )
        if code != 0:
            raise SystemExit(code)
        root = Path(output, "daypass", "api")
        return {name: (root / name).read_text() for name in sorted(_listing(root))}


def render(tree: Tree, compiled: Mapping[str, str]) -> dict[str, str]:
    """Returns the files of a tree, by path below its folder."""
    prefix = "daypass/api/" if tree.root_package else ""
    rendered = {
        prefix + name: PACKAGE.sub(rf"\g<1>{tree.root_package}\g<2>", text)
        for name, text in compiled.items()
        # Files without a service have nothing to say about one.
        if not _is_empty_service(name, compiled)
    }
    docstrings = dict(tree.docstrings)
    for name in rendered:
        package = name.rpartition("/")[0]
        area = package.removeprefix(prefix)
        docstrings[package] = f"Generated stubs of `daypass.api.{_dotted(area)}`."
        docstrings[package.rpartition("/")[0]] = (
            f"Generated stubs of the area `{area.partition('/')[0]}`."
        )
    for package, docstring in docstrings.items():
        path = f"{package}/__init__.py" if package else "__init__.py"
        rendered[path] = f'"""{docstring}"""\n'
    return rendered


def differences(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Returns the paths below a folder that are missing, stale or different."""
    found = set(_listing(folder))
    return sorted(
        name
        for name in found | wanted.keys()
        if name not in found or wanted.get(name) != (folder / name).read_text()
    )


def write(folder: Path, wanted: Mapping[str, str]) -> None:
    """Makes a folder hold the wanted files and no other stubs."""
    for name in differences(folder, wanted):
        path = folder / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name])


def _listing(root: Path) -> Iterator[str]:
    return (
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix in SUFFIXES
    )


def _is_empty_service(name: str, compiled: Mapping[str, str]) -> bool:
    stem = name.removesuffix(".pyi").removesuffix(".py")
    return stem.endswith("_pb2_grpc") and "def __init__" not in compiled[f"{stem}.py"]


def _dotted(path: str) -> str:
    return path.replace("/", ".")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
