"""The command `visavis`."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # see `visavis`
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

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
    except Exception as error:
        if not _was_interrupted(error):
            raise
        code = INTERRUPTED
    sys.exit(code)


def _was_interrupted(error: BaseException) -> bool:
    """Tell whether an error comes from Ctrl-C: libraries turn it into others while they load."""
    cause: BaseException | None = error
    while cause and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__ or cause.__context__
    return cause is not None


def _run(arguments: Sequence[str] | None) -> int:
    import click

    from visavis.cli.app import visavis
    from visavis.cli.language import translate, translate_click, translate_command
    from visavis.cli.output import discard_output, set_up_streams, tell
    from visavis.errors import VisavisError, reason

    set_up_streams()
    translate_click()
    try:
        code = translate_command(visavis).main(
            arguments, prog_name="visavis", standalone_mode=False
        )
        sys.stdout.flush()
    except VisavisError as error:
        if _was_interrupted(error):
            raise KeyboardInterrupt from error
        tell(" ".join(str(error).split()), "visavis: ")
        return 1
    except click.ClickException as error:
        error.message = translate(error.message)  # type: ignore[misc]  # final since click 8.4
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
        tell(f"{file}{reason(error)}", "visavis: ")
        return 1
    return code or 0
