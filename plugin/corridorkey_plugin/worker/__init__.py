"""The engine's process: `python -m corridorkey_plugin.worker` in the engine's own environment.

    pipes      requests in, replies out, and nothing else gets at either
    desk       what was asked for; answers at once what can be, and hands out work in turn
    engine     one job or preview, keyed by a warm workshop
    arrivals   frames whose files a host is still rendering
    idle       when to free the device, and when to end

One thread reads requests; the main thread owns the device.
"""
