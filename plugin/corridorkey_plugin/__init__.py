"""What every host shares: a warm engine in a process of its own, and the story of one key.

    host's own code
      -> session     the artist presses Key: what is stale, what to render, what to show
      -> keying      one request on its way: inputs rendered, frames keyed, results handed over
      -> client      the engine's process: started, spoken to, watched, ended
      -> protocol    messages, one JSON object a line
    the engine's process
      -> worker      one job at a time, previews between frames, warm in between

All but `worker` is standard library in Python 3.9 syntax, and runs in a host's own Python.
"""
