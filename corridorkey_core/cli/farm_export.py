"""`corridorkey farm export`: the files that an engine takes, all of them or none."""

from __future__ import annotations

import argparse
import getpass
import sys

from corridorkey_core.cli.farm_order import needs_of, work_of
from corridorkey_core.farm.absolute import assets
from corridorkey_core.farm.bundle import check_target, write_bundle
from corridorkey_core.farm.formats import FORMATS
from corridorkey_core.farm.order import JOB_FILE, Order
from corridorkey_core.job_file import jobs_text
from corridorkey_core.progress import DONE


def export(options: argparse.Namespace) -> int:
    """Write a bundle for the job file, and say how to hand it in."""
    folder = options.output.absolute()
    check_target(folder, replace=options.force)
    work = work_of(options)
    order = Order(
        name=options.job.stem if len(work.shots) > 1 else work.shots[0].name,
        shots=work.shots,
        folder=str(folder),
        needs=needs_of(options, work),
        command=options.worker_command,
        user=options.user or _user(),
        show=options.show,
    )
    form = FORMATS[options.format]
    files = form.render(order, [assets(plan) for plan in work.plans])
    job_file = {JOB_FILE: jobs_text(shot.job for shot in order.shots)}
    write_bundle(folder, {**files, **job_file}, replace=options.force)
    chunks = sum(len(list(shot.chunks)) for shot in order.shots)
    paths = [str(folder / name) for name in files]
    submit = form.submit.format(folder=folder, file=paths[0], files=" ".join(paths))
    counted = "1 chunk" if chunks == 1 else f"{chunks} chunks"
    sys.stdout.write(f"wrote {folder}: {counted}; hand it in with: {submit}\n")
    return DONE


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):
        return "unknown"
