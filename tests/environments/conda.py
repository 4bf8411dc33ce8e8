"""Stand in for the few conda commands that Snakemake calls, where there is no conda.

py-rattler solves and links, as it does in pixi. The channels are looked up below CONDA_CHANNEL_ALIAS and packages unpacked
into CONDA_PKGS_DIRS, as conda has it.
"""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

import rattler
import yaml
from rattler.exceptions import SolverError


async def create(file: str, prefix: str) -> None:
    """Make the environment that an environment file describes."""
    environment = yaml.safe_load(Path(file).read_text())
    aliases = rattler.ChannelConfig(os.environ["CONDA_CHANNEL_ALIAS"].rstrip("/") + "/")
    records = await rattler.solve(
        [rattler.Channel(name, aliases) for name in environment["channels"]],
        [rattler.MatchSpec(spec) for spec in environment["dependencies"]],
        virtual_packages=rattler.VirtualPackage.detect(),
        channel_priority=rattler.ChannelPriority.Strict,
    )
    await rattler.install(records, target_prefix=prefix, cache_dir=os.environ["CONDA_PKGS_DIRS"], show_progress=False)


def main(arguments: list[str]) -> int:
    """Answer one command; return the exit code."""
    parser = argparse.ArgumentParser("conda", description=__doc__)
    parser.add_argument("--version", action="version", version="conda 26.9.0")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("info").add_argument("--json", action="store_true")
    config = commands.add_parser("config")
    config.add_argument("--get")
    config.add_argument("--json", action="store_true")
    cleaning = commands.add_parser("clean", help="nothing to do: packages are unpacked, never downloaded")
    cleaning.add_argument("-y", action="store_true")
    cleaning.add_argument("--tarballs", action="store_true")
    creation = commands.add_parser("env").add_subparsers(required=True).add_parser("create")
    creation.add_argument("--quiet", action="store_true")
    creation.add_argument("--no-default-packages", action="store_true")
    creation.add_argument("--yes", action="store_true")
    creation.add_argument("--file", required=True)
    creation.add_argument("--prefix", required=True)
    given = parser.parse_args(arguments)
    if given.command == "info":
        print(json.dumps({"conda_prefix": os.environ["CONDA_PREFIX"], "platform": str(rattler.Platform.current())}))
    elif given.command == "config":
        print(json.dumps({"get": {given.get: "strict"}}))
    elif given.command == "env":
        asyncio.run(create(given.file, given.prefix))
    return 0


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except SolverError as error:
        print(error, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    os._exit(code)  # py-rattler's threads can abort Python's own way out
