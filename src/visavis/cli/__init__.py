"""The command `visavis`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Exit codes: 0 done, 1 invalid input or data (one line on stderr), 2 invalid usage, 3 done but
    some files were skipped, 130 interrupted.
    """
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int:
    import click

    from visavis.cli.app import visavis
    from visavis.cli.output import discard_output, set_up_streams
    from visavis.errors import VisavisError, reason

    set_up_streams()
    try:
        code = visavis.main(arguments, prog_name="visavis", standalone_mode=False)
        sys.stdout.flush()
    except VisavisError as error:
        click.echo(f"visavis: {' '.join(str(error).split())}", err=True)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except BrokenPipeError:
        discard_output()
        return 0
    except OSError as error:
        discard_output()
        file = f"{error.filename}: " if error.filename else ""
        click.echo(f"visavis: {file}{reason(error)}", err=True)
        return 1
    return code or 0
