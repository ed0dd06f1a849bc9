"""Repositories of the Hugging Face hub: listed, downloaded, resumed and verified."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from visavis.cache import VARIABLE
from visavis.errors import MissingExtraError, ModelError, VisavisError, first_line, reason

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository with its size in bytes and its published hash.

    That is a SHA-256 for large files, git's SHA-1 of a blob for others.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Repository:
    """One commit of a repository: its files by name, and languages and licence of its card."""

    id: str
    revision: str
    files: dict[str, RemoteFile]
    languages: tuple[str, ...]
    licence: str


def look_up(repository: str) -> Repository:
    """List a repository; raise ModelError, saying what to do, if the hub refuses."""
    hub = _library()
    with _plain_errors(repository, "the hub cannot be reached", "check the network and try again"):
        info = hub.HfApi(endpoint=_endpoint()).model_info(repository, files_metadata=True)
    card = info.card_data.to_dict() if info.card_data else {}
    language = card.get("language") or []
    return Repository(
        id=repository,
        revision=info.sha or "main",
        files={each.rfilename: _remote(each) for each in info.siblings or ()},
        languages=tuple([language] if isinstance(language, str) else language),
        licence=str(card.get("license") or ""),
    )


def fetch(
    repository: Repository,
    names: Sequence[str],
    folder: Path,
    *,
    progress: bool = False,
) -> None:
    """Download files into a folder, resuming an earlier attempt, and verify their hashes.

    Raises ModelError, saying what to do, if that fails.
    """
    wanted = [repository.files[name] for name in names]
    missing = [file for file in wanted if not _is_complete(folder / file.name, file)]
    _check_space(folder, missing)
    ended, again = "the download ended early", "pull again to resume"
    with _plain_errors(repository.id, ended, again), _bars(shown=progress):
        for file in missing:
            _fetch_file(repository, file, folder / file.name)


def _fetch_file(repository: Repository, file: RemoteFile, target: Path) -> None:
    # The hash in the name keeps apart what came from different commits.
    part = target.with_name(f"{target.name}.{file.digest[:12]}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    url, headers = _address(repository, file.name)
    with part.open("ab") as stream:
        done = stream.tell()
        if done < file.size:
            _http_get()(url, stream, resume_size=done, headers=headers, expected_size=file.size)
    if not _is_complete(part, file):
        part.unlink()
        raise ModelError(
            f"{repository.id}: {file.name} differs from what the hub announced "
            "(wrong checksum); pull again, or report it to the repository"
        )
    part.replace(target)


def _address(repository: Repository, name: str) -> tuple[str, dict[str, str]]:
    """Return the address of a file and the headers to send; only the hub gets the token."""
    hub = _library()
    token = hub.get_token()
    url = hub.hf_hub_url(repository.id, name, revision=repository.revision, endpoint=_endpoint())
    location = hub.get_hf_file_metadata(url, token=token).location
    headers = dict(hub.utils.build_hf_headers(token=token))
    headers["Accept-Encoding"] = "identity"
    if urlparse(location).netloc != urlparse(url).netloc:
        headers.pop("authorization", None)
    return location, headers


def _is_complete(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size and _matches(path, file)


def _matches(path: Path, file: RemoteFile) -> bool:
    if len(file.digest) == hashlib.sha256().digest_size * 2:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest() == file.digest


def _check_space(folder: Path, files: Sequence[RemoteFile]) -> None:
    while not folder.exists():
        folder = folder.parent
    needed, free = sum(file.size for file in files), shutil.disk_usage(folder).free
    if needed > free:
        raise ModelError(
            f"{folder}: {needed / 1e6:,.0f} MB are needed and {free / 1e6:,.0f} MB free; "
            f"make room, or set {VARIABLE} to another folder"
        )


def _remote(sibling: Any) -> RemoteFile:
    large = sibling.lfs
    digest = large.sha256 if large else sibling.blob_id
    return RemoteFile(sibling.rfilename, int(sibling.size or 0), str(digest))


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT")


def _library() -> Any:
    try:
        import huggingface_hub
    except ImportError:
        raise MissingExtraError("pulling from the hub", "hub") from None
    return huggingface_hub


def _http_get() -> Callable[..., None]:
    """Return the library's resuming download of one address; it has no public name."""
    from huggingface_hub.file_download import http_get

    return http_get


@contextmanager
def _bars(*, shown: bool) -> Iterator[None]:
    """Show a progress bar for each file, or none; hide what the library logs of retries."""
    utils = _library().utils
    before, verbosity = utils.are_progress_bars_disabled(), utils.logging.get_verbosity()
    (utils.enable_progress_bars if shown else utils.disable_progress_bars)()
    utils.logging.set_verbosity_error()
    try:
        yield
    finally:
        utils.logging.set_verbosity(verbosity)
        (utils.disable_progress_bars if before else utils.enable_progress_bars)()


@contextmanager
def _plain_errors(repository: str, otherwise: str, advice: str) -> Iterator[None]:
    """Turn errors of the hub into one line that says what to do.

    `otherwise` and `advice` describe any other failure of the network.
    """
    from huggingface_hub import errors

    try:
        yield
    except VisavisError:
        raise
    except errors.GatedRepoError as error:
        raise ModelError(
            f"{repository}: its terms must be accepted on the hub first; then set HF_TOKEN"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise ModelError(
            f"{repository}: no such repository on the hub, or a private one; "
            "check the name, or set HF_TOKEN to a token that may read it"
        ) from error
    except errors.EntryNotFoundError as error:
        raise ModelError(f"{repository}: a file has vanished from the hub; pull again") from error
    except errors.HFValidationError as error:
        raise ModelError(f"{repository!r} is not the name of a repository (owner/name)") from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", "no")
        raise ModelError(
            f"{repository}: the hub answered with status {status}; try again later"
        ) from error
    except Exception as error:  # its HTTP client has changed twice, and the errors with it
        raise ModelError(f"{repository}: {_reason(error, otherwise, advice)}") from error


def _reason(error: Exception, otherwise: str, advice: str) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk is full; make room, or set {VARIABLE} to another folder, and pull again"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {reason(error)}"
    return f"{otherwise} ({first_line(error)}); {advice}"
