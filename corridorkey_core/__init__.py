"""The engine: frames in, straight foreground and linear alpha out.

    plate + hint files
      -> read            OpenImageIO or PyAV; native depth, both windows, metadata
      -> prefetch        frames in order, bounded by count and by bytes
      -> preprocess      file colour -> linear Rec.709 on the device
      -> keyers          a screen model, a network: alpha and straight foreground
      -> postprocess     restore range and detail, matte tools, despill, premultiply
      -> deferred_write  finished frames, bounded
      -> write           temporary name, then rename

`process` is the loop that joins them. Importing this package imports nothing heavy, so a host's
own Python may read `settings`, `job`, `sequence`, `errors` and `progress`.
"""
