"""The Nuke node: what is in the panel, in the script and on disk, joined to the plugin layer.

    buttons    what the panel's buttons do
      -> request     a node and a view as what is asked of the engine
           -> source, upstream, colour     its plate's file, or what it is rendered from
      -> plugin      one session, the requests on their way, what each node shows
           -> host, gauge                  Nuke, as the plugin layer wants a host
           -> render                       inputs rendered by a group that is gone afterwards
           -> shown                        which files a node shows, and never stale ones
    callbacks  what Nuke calls by itself: before a render, when a script is read, when it idles
    batch      `nuke -t key_shot.py`: the same without an interface
    farm       inputs staged for machines without Nuke
    group      a node as a Group, for machines without the plugin

Standard library and `nuke` only, in Python 3.9 syntax.
"""
