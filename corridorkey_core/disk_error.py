"""What the system says of a disk, in words for a person."""

from __future__ import annotations

import errno

AGAIN = "and run the same command again; what is finished is kept"
REASONS = {
    errno.ENOSPC: f"disk full: free some space, {AGAIN}",
    errno.EDQUOT: f"quota used up: free some space, {AGAIN}",
    errno.EFBIG: "the file would be larger than this disk or this user's limit allows",
    errno.EROFS: "the disk is read-only; choose another output folder",
    errno.EACCES: "permission denied; choose another output folder, or have it opened to you",
    errno.EPERM: "permission denied; choose another output folder, or have it opened to you",
    errno.ENOENT: f"its folder disappeared; see that it stays, {AGAIN}",
    errno.ENOTDIR: "a part of its path is a file, not a folder; choose another output folder",
    errno.EEXIST: "a part of its path is a file, not a folder; choose another output folder",
    errno.EISDIR: "there is a folder of that name; remove it or choose another template",
    errno.ENAMETOOLONG: "its name is too long for this disk; choose a shorter name or template",
    errno.EIO: "the disk or the network reported an error",
}


def why(error: OSError) -> str:
    """Why a file cannot be written, and what to do about it where that is known."""
    return REASONS.get(error.errno or 0) or error.strerror or str(error)
