"""Makes the Go stubs from the protos, with the plugins that `clients/go/tools` pins.

They land in `clients/go/api`, where the `go_package` of each proto says. They stand
apart from `generate.py` because they take a Go toolchain, which who works on the
server need not have.

    python protos/generate_go.py            writes the stubs
    python protos/generate_go.py --check    writes nothing; fails if one differs
"""

# ruff: noqa: INP001 - a program beside what it reads, not a package.

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
CLIENT = PROTOS.parent / "clients" / "go"
MODULE = "daypass.dev"
PLUGINS = {
    "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
    "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
}


def main(arguments: list[str]) -> int:
    """Writes or checks the stubs, and returns the exit code."""
    parser = argparse.ArgumentParser(description="Makes the Go stubs.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a stub differs"
    )
    check: bool = parser.parse_args(arguments).check
    wanted = compile_protos()
    found = {
        path.relative_to(CLIENT).as_posix(): path.read_text()
        for path in (CLIENT / "api").rglob("*.pb.go")
    }
    differing = sorted(
        name for name in found | wanted if found.get(name) != wanted.get(name)
    )
    if check and differing:
        names = "\n  ".join(differing)
        sys.stderr.write(f"run python protos/generate_go.py:\n  {names}\n")
        return 1
    for name in () if check else differing:
        path = CLIENT / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name])
    return 0


def compile_protos() -> dict[str, str]:
    """Runs the compiler and returns what it wrote, by path below the client."""
    protos = sorted(str(path) for path in (PROTOS / "daypass").rglob("*.proto"))
    with tempfile.TemporaryDirectory() as temporary:
        bin_folder, output = Path(temporary, "bin"), Path(temporary, "out")
        output.mkdir()
        for name, package in PLUGINS.items():
            subprocess.run(  # noqa: S603 - pinned by the sums of the module.
                ["go", "build", "-o", str(bin_folder / name), package],  # noqa: S607 - the toolchain on the path.
                cwd=CLIENT / "tools",
                check=True,
            )
        code = protoc.main(
            [
                "protoc",
                f"--proto_path={PROTOS}",
                f"--proto_path={PROTOS / 'third_party'}",
                f"--proto_path={files('grpc_tools') / '_proto'}",
                *(f"--plugin={name}={bin_folder / name}" for name in PLUGINS),
                f"--go_out={output}",
                f"--go_opt=module={MODULE}",
                f"--go-grpc_out={output}",
                f"--go-grpc_opt=module={MODULE}",
                *protos,
            ]
        )
        if code != 0:
            raise SystemExit(code)
        return {
            path.relative_to(output).as_posix(): path.read_text()
            for path in output.rglob("*.pb.go")
        }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
