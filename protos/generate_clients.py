"""Makes the stubs of the clients in Go, Rust and TypeScript from the protos.

Each client pins the plugins of the compiler, and says by its own conventions where
stubs lie. They stand apart from `generate.py` because they take toolchains, which who
works on the server need not have.

    python protos/generate_clients.py go            writes the stubs
    python protos/generate_clients.py go --check    writes nothing; fails if one differs
"""

# ruff: noqa: INP001 - a program beside what it reads, not a package.

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
CLIENTS = PROTOS.parent / "clients"
# What else a client without a library of such messages needs.
OTHERS = ("google/api/field_behavior", "google/rpc/error_details", "google/rpc/status")


@dataclass(frozen=True, slots=True)
class Stubs:
    """The stubs of a client.

    Attributes:
        folder: where they go, below `clients`.
        api: the folder below it that they own.
        suffix: how the names of their files end.
        options: the options of the compiler for the plugins.
        plugins: makes the plugins and returns them, by the path of a folder for them.
        others: whether the messages of `OTHERS` are made too.
    """

    folder: str
    api: str
    suffix: str
    options: Callable[[Path], list[str]]
    plugins: Callable[[Path], dict[str, Path]]
    others: bool = False


def _go_plugins(folder: Path) -> dict[str, Path]:
    packages = {
        "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
        "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
    }
    for name, package in packages.items():
        subprocess.run(  # noqa: S603 - pinned by the sums of the module.
            ["go", "build", "-o", str(folder / name), package],  # noqa: S607 - the toolchain on the path.
            cwd=CLIENTS / "go" / "tools",
            check=True,
        )
    return {name: folder / name for name in packages}


def _rust_plugins(_: Path) -> dict[str, Path]:
    subprocess.run(
        ["cargo", "build", "--quiet"],  # noqa: S607 - the toolchain on the path.
        cwd=CLIENTS / "rust" / "tools",
        check=True,
    )
    name = "protoc-gen-daypass-rust"
    return {name: CLIENTS / "rust" / "tools" / "target" / "debug" / name}


def _typescript_plugins(_: Path) -> dict[str, Path]:
    scripts = CLIENTS / "typescript" / "node_modules" / ".bin"
    return {"protoc-gen-es": scripts / "protoc-gen-es"}


STUBS = {
    "go": Stubs(
        folder="go",
        api="api",
        suffix=".pb.go",
        options=lambda output: [
            f"--go_out={output}",
            "--go_opt=module=daypass.dev",
            f"--go-grpc_out={output}",
            "--go-grpc_opt=module=daypass.dev",
        ],
        plugins=_go_plugins,
    ),
    "rust": Stubs(
        folder="rust/src/api",
        api=".",
        suffix=".rs",
        options=lambda output: [f"--daypass-rust_out={output}"],
        plugins=_rust_plugins,
    ),
    "typescript": Stubs(
        folder="typescript/src/api",
        api=".",
        suffix="_pb.ts",
        options=lambda output: [
            f"--es_out={output}",
            "--es_opt=target=ts,import_extension=js",
        ],
        plugins=_typescript_plugins,
        others=True,
    ),
}


def main(arguments: list[str]) -> int:
    """Writes or checks the stubs of a client, and returns the exit code."""
    parser = argparse.ArgumentParser(description="Makes the stubs of a client.")
    parser.add_argument("client", choices=sorted(STUBS))
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a stub differs"
    )
    given = parser.parse_args(arguments)
    stubs = STUBS[given.client]
    folder = CLIENTS / stubs.folder
    wanted = compile_protos(stubs)
    found = {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in (folder / stubs.api).rglob("*" + stubs.suffix)
    }
    differing = sorted(
        name for name in found | wanted if found.get(name) != wanted.get(name)
    )
    if given.check and differing:
        names = "\n  ".join(differing)
        sys.stderr.write(f"run protos/generate_clients.py {given.client}:\n  {names}\n")
        return 1
    for name in () if given.check else differing:
        path = folder / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name])
    return 0


def compile_protos(stubs: Stubs) -> dict[str, str]:
    """Runs the compiler and returns what it wrote, by path below the folder."""
    protos = sorted(str(path) for path in (PROTOS / "daypass").rglob("*.proto"))
    # The folder above `google/rpc`, where the protos of the Python package lie.
    rpc = importlib.import_module("google.rpc.status_pb2").__file__
    assert rpc is not None, "the module is a file"
    common = Path(rpc).parents[2]
    with tempfile.TemporaryDirectory() as temporary:
        plugins, output = Path(temporary, "plugins"), Path(temporary, "output")
        plugins.mkdir()
        output.mkdir()
        made = stubs.plugins(plugins)
        code = protoc.main(
            [
                "protoc",
                f"--proto_path={PROTOS}",
                f"--proto_path={PROTOS / 'third_party'}",
                f"--proto_path={files('grpc_tools') / '_proto'}",
                f"--proto_path={common}",
                *(f"--plugin={name}={path}" for name, path in made.items()),
                *stubs.options(output),
                *protos,
                *(f"{name}.proto" for name in OTHERS if stubs.others),
            ]
        )
        if code != 0:
            raise SystemExit(code)
        return {
            path.relative_to(output).as_posix(): path.read_text()
            for path in output.rglob("*" + stubs.suffix)
        }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
