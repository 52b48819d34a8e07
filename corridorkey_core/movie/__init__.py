"""Reading movies through PyAV (the extra `video`): frame-accurate, float, with alpha."""

from corridorkey_core.movie.describe import describe_movie
from corridorkey_core.movie.reader import Movie, count_frames

__all__ = ["Movie", "count_frames", "describe_movie"]
